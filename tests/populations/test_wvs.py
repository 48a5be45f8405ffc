"""WVS wave 7 and the Integrated Values Surveys from small made-up files of their exact shape; halves of a sample."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from statsmodels.stats.weightstats import DescrStatsW

from tawazun.errors import BadAnswers, BadFile
from tawazun.instruments import instrument
from tawazun.populations import Population, Request, humans_table, load_populations, population_source
from tawazun.populations.codes import survey_place
from tawazun.populations.halves import as_array, full_size_distance, random_halves, split_half
from tawazun.populations.imported import ImportSettings, import_populations
from tawazun.populations.interviews import _blocks
from tawazun.stats.distances import js_distance
from tests.populations.made_up import placed, trend, wave_7

MAP = instrument("cultural_map")


def by_place(source: str, data: Path, **keys: int) -> dict[str, Population]:
    return {one.place: one for one in load_populations(source, data=data, **keys)}


def weighted(table: pl.DataFrame, code: str, column: str) -> DescrStatsW:
    own = table.filter((pl.col("B_COUNTRY_ALPHA") == code) & (pl.col(column) > 0))
    return DescrStatsW(own[column].to_numpy().astype(float), own["W_WEIGHT"].to_numpy())


def test_wave_7_gives_weighted_shares_with_their_error(tmp_path: Path) -> None:
    table = wave_7()
    found = by_place("wvs-7", placed(tmp_path, table))
    assert list(found) == ["EGY", "GB-NIR", "GBR", "MAR"]
    for place, code in (("EGY", "EGY"), ("GB-NIR", "NIR")):
        for item, column in (("f063", "Q164"), ("f120", "Q184"), ("a008", "Q46")):
            answer, other = found[place].answer(item), weighted(table, code, column)
            assert answer and answer.p and sum(answer.p) == pytest.approx(1)
            assert answer.value == pytest.approx(other.mean) and answer.sd == pytest.approx(other.std)
            assert answer.n == len(other.data) and answer.deff == pytest.approx(answer.n / (answer.n_eff or 0))
            assert answer.n_eff == pytest.approx(other.weights.sum() ** 2 / (other.weights**2).sum())
    assert found["EGY"].answer("f118") is None and "no answers to f118" in found["EGY"].note
    assert "up to 10.0% of the people (f120)" in found["EGY"].note
    assert found["EGY"].universe.dates == "2018" and found["EGY"].universe.who
    assert "without Northern Ireland" in found["GBR"].note and found["MAR"].human_error == "sampled"


def test_pairs_and_mentions_are_whole_distributions(tmp_path: Path) -> None:
    table = wave_7()
    egypt = by_place("wvs-7", placed(tmp_path, table))["EGY"]
    own = table.filter(pl.col("B_COUNTRY_ALPHA") == "EGY")
    w, first, second = (own[name].to_numpy() for name in ("W_WEIGHT", "Q154", "Q155"))
    aims = egypt.answer("y002")
    assert aims and aims.p and len(aims.p) == 12
    # cells are ordered pairs: (1, 2) (1, 3) (1, 4) (2, 1) …
    assert aims.p[3] == pytest.approx(w[(first == 2) & (second == 1)].sum() / w.sum())
    index = np.select(
        [np.isin(first, [1, 3]) & np.isin(second, [1, 3]), np.isin(first, [2, 4]) & np.isin(second, [2, 4])], [1, 3], 2
    )
    assert aims.value == pytest.approx(DescrStatsW(index, w).mean) and aims.sd == pytest.approx(
        DescrStatsW(index, w).std
    )
    children = egypt.answer("y003")
    named = own.select([f"Q{number}" for number in range(7, 18)]).to_numpy() == 1
    assert children and children.p == pytest.approx(tuple(w @ named / w.sum()))
    autonomy = named[:, 1] * 1 + named[:, 7] - named[:, 8] - named[:, 10]
    assert children.value == pytest.approx(DescrStatsW(autonomy, w).mean)
    assert children.sd == pytest.approx(DescrStatsW(autonomy, w).std)


def test_composites_stand_in_where_the_parts_are_not_there(tmp_path: Path) -> None:
    table = wave_7().drop("Q155", "Q17").with_columns(
        pl.Series("Y002", np.arange(400) % 3 + 1), pl.Series("Y003", np.arange(400) % 5 - 2)
    )  # fmt: skip
    egypt = by_place("wvs-7", placed(tmp_path, table))["EGY"]
    aims, children = egypt.answer("y002"), egypt.answer("y003")
    assert aims and aims.p is None and aims.value == pytest.approx(2, abs=0.2) and aims.sd
    assert children and children.p is None and children.n == 100 and children.value == pytest.approx(0, abs=0.3)


def test_country_years_count_alike(tmp_path: Path) -> None:
    table = trend()
    found = by_place("ivs-2022", placed(tmp_path, table, "ivs"))
    assert list(found) == ["IND", "USA"] and found["IND"].universe.dates == "2006, 2012"
    assert "country-years 2006, 2012 averaged with equal weight" in found["IND"].note
    years = [table.filter((pl.col("S003") == 356) & (pl.col("S020") == year)) for year in (2006, 2012)]
    for item, column in (("f063", "F063"), ("y002", "Y002")):
        each = [DescrStatsW(y[column].to_numpy(), y["S017"].to_numpy()) for y in years]
        answer = found["IND"].answer(item)
        mean = np.mean([one.mean for one in each])
        assert answer and answer.value == pytest.approx(mean)
        assert answer.sd == pytest.approx(np.sqrt(np.mean([one.var + (one.mean - mean) ** 2 for one in each])))
        sizes = [y["S017"].sum() ** 2 / (y["S017"] ** 2).sum() for y in years]
        assert answer.n == 240 and answer.n_eff == pytest.approx(4 / sum(1 / size for size in sizes))
    aims = found["IND"].answer("y002")
    assert aims and aims.p is None


def test_autonomy_of_the_evs_is_made_from_its_parts(tmp_path: Path) -> None:
    """Y003 runs from -2 to 2, so that -1 and -2 are answers, and -3 is none."""
    table = trend()
    usa = by_place("ivs-2022", placed(tmp_path, table, "ivs"))["USA"].answer("y003")
    own = table.filter(pl.col("S003") == 840).with_columns(
        (pl.col("A029") + pl.col("A039") - pl.col("A040") - pl.col("A042")).alias("whole")
    )
    each = [DescrStatsW(y["whole"].to_numpy(), y["S017"].to_numpy()).mean for _, y in own.group_by("S020")]
    assert usa and usa.n == 240 and usa.value == pytest.approx(np.mean(each))
    bare = by_place("ivs-2022", placed(tmp_path / "bare", table.drop("A029"), "ivs"))["USA"].answer("y003")
    assert bare and bare.n == 120


@pytest.mark.parametrize("name", ["table.parquet", "semicolon.csv", "latin.csv", "crlf.csv"])
def test_other_files_with_the_same_answers(name: str, tmp_path: Path) -> None:
    table = wave_7()
    plain = by_place("wvs-7", placed(tmp_path, table))
    other = tmp_path / "other"
    path = placed(other, table, name=name) / "wvs" / name
    if name == "semicolon.csv":
        table.write_csv(path, separator=";")
    elif name == "latin.csv":
        path.write_bytes(path.read_bytes().replace(b"made up", "Marrué".encode("latin-1")))
    elif name == "crlf.csv":
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    found = by_place("wvs-7", other)
    assert {place: one.answers for place, one in found.items()} == {p: one.answers for p, one in plain.items()}


def test_columns_may_be_in_lower_case_and_countries_letters(tmp_path: Path) -> None:
    table = (
        trend()
        .rename(str.lower)
        .with_columns(pl.Series("cntry_AN", ["IN"] * 240 + ["US"] * 240 + ["IN"] * 120))
        .drop("s003")
    )
    assert list(by_place("ivs-2022", placed(tmp_path, table, "ivs"))) == ["IND", "USA"]
    without = trend().drop("S002VS")
    assert by_place("ivs-2022", placed(tmp_path / "b", without, "ivs"))["IND"].universe.dates == "2006, 2012"


def test_a_text_with_line_breaks_is_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = wave_7().with_columns(pl.lit("a\nb,c").alias("version"))
    plain = by_place("wvs-7", placed(tmp_path, wave_7()))
    data = placed(tmp_path / "b", table)
    monkeypatch.setattr("tawazun.populations.interviews.BLOCK", 900)
    assert len(list(_blocks(data / "wvs" / "table.csv"))) > 20
    assert by_place("wvs-7", data)["MAR"].answers == plain["MAR"].answers


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Q46": (7, 5)}, r"table.csv row 9, column Q46: 5 is not on the scale 1 to 4 \(1 such codes\); codes below 0"),
        ({"Q46": (7, 0)}, "row 9, column Q46: 0 is not on the scale"),
        ({"Q8": (0, 3)}, "row 2, column Q8: 3 is not on the scale 0 to 2"),
        ({"D_INTERVIEW": (1, 818070001)}, "rows 2 and 3: interview D_INTERVIEW = 818070001 of EGY stands twice"),
        ({"B_COUNTRY_ALPHA": (4, "QQQ")}, "row 6, column B_COUNTRY_ALPHA: no country has the ISO 3166-1 code 'QQQ'"),
    ],
)
def test_a_bad_code_is_named_by_row(change: dict[str, tuple[int, object]], said: str, tmp_path: Path) -> None:
    table = wave_7()
    for column, (row, value) in change.items():
        cells = table[column].to_list()
        cells[row] = value
        table = table.with_columns(pl.Series(column, cells))
    with pytest.raises(BadAnswers, match=said):
        load_populations("wvs-7", data=placed(tmp_path, table))


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (wave_7().with_columns(pl.lit("Very happy").alias("Q46")), "column Q46 holds 'Very happy'; codes are numbers"),
        (wave_7().drop("W_WEIGHT"), "no weight column: one of W_WEIGHT, S017"),
        (wave_7().drop("B_COUNTRY_ALPHA"), "no country column"),
        (
            wave_7().with_columns(pl.lit(6).alias("A_WAVE")),
            "no interview is left of A_WAVE 7-7; is this the file of wvs-7",
        ),
        (wave_7().select("A_WAVE", "B_COUNTRY_ALPHA", "W_WEIGHT"), "none of the items Q46, Q57"),
        (wave_7().clear(), "no interview is left"),
    ],
)
def test_a_file_of_another_shape_is_one_line(table: pl.DataFrame, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=said):
        load_populations("wvs-7", data=placed(tmp_path, table))


@pytest.mark.parametrize(("source", "survey"), [("wvs-7", "wvs"), ("ivs-2022", "ivs")])
def test_where_the_file_goes_is_said(source: str, survey: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=rf"{source} reads {survey}/ .* --data DIR or TAWAZUN_DATA"):
        load_populations(source, data=None)
    with pytest.raises(
        BadFile, match=rf"{source} needs a CSV or Parquet table in {survey}/, which is not in .*worldvalues"
    ):
        load_populations(source, data=tmp_path)
    placed(placed(tmp_path, wave_7(), survey), wave_7(), survey, "more.csv")
    with pytest.raises(BadFile, match=r"more\.csv, table\.csv: keep the one table"):
        load_populations(source, data=tmp_path)


def test_people_who_cannot_be_counted(tmp_path: Path) -> None:
    table = wave_7()
    weight, country = table["W_WEIGHT"].to_list(), table["B_COUNTRY_ALPHA"].to_list()
    weight[0], weight[1] = 0.0, -1.0
    weight[100:200] = [0.0] * 100  # Morocco
    country[399] = "JPN"  # one respondent
    table = table.with_columns(pl.Series("W_WEIGHT", weight), pl.Series("B_COUNTRY_ALPHA", country))
    data = placed(tmp_path, table)
    found = by_place("wvs-7", data)
    assert list(found) == ["EGY", "GB-NIR", "GBR"]
    assert found["EGY"].note.startswith("2 of 100 interviews without a weight above 0 left out")
    answer = found["EGY"].answer("a008")
    assert answer and answer.n == 98
    absent = population_source("wvs-7").absent(Request(data=data))
    assert absent["MAR"] == "none of its 100 interviews has a weight above 0"
    assert absent["JPN"] == "fewer than 10 interviews with an answer"
    assert absent["SAU"] == "not interviewed in wave 7, or not in this file" and "EGY" not in absent
    with pytest.raises(BadAnswers, match="no weight above 0"):
        load_populations("wvs-7", data=placed(tmp_path / "b", table.with_columns(pl.lit(0.0).alias("W_WEIGHT"))))


def test_few_answers_to_one_item_are_no_figure(tmp_path: Path) -> None:
    table = wave_7().with_columns(
        pl.when(pl.col("B_COUNTRY_ALPHA").is_in(["EGY"]) & (pl.col("D_INTERVIEW") > 818070006)).then(-2)
        .otherwise(pl.col("Q46")).alias("Q46")
    )  # fmt: skip
    egypt = by_place("wvs-7", placed(tmp_path, table))["EGY"]
    assert egypt.answer("a008") is None and "fewer than 10 answers to a008" in egypt.note


@pytest.mark.parametrize(("source", "survey", "table"), [("wvs-7", "wvs", wave_7()), ("ivs-2022", "ivs", trend())])
def test_contract_of_a_source(source: str, survey: str, table: pl.DataFrame, tmp_path: Path) -> None:
    data = placed(tmp_path, table, survey)
    part = population_source(source)
    every = part.load(Request(data=data))
    assert part.name == source and len({one.name for one in every}) == len(every)
    for one in every:
        assert one.name == f"{source}/{one.place}" and one.source.redistribute == "aggregates" and one.universe.mode
        for answer in one.answers:
            question = MAP.question(answer.item)
            assert question is not None and answer.n_eff and answer.deff and answer.deff >= 1
            if answer.p is None:
                continue
            assert len(answer.p) == question.cells and min(answer.p) >= 0 and max(answer.p) <= 1
            assert answer.value == pytest.approx(np.dot(answer.p, question.codes))
    place = every[0].place
    assert [one.place for one in part.load(Request((place,), data))] == [place]
    assert set(part.absent(Request(("ATA",), data))) == {"ATA"} and not part.load(Request(("ATA",), data))
    assert not {one.place for one in every} & part.absent(Request(data=data)).keys()


def test_halves_belong_to_every_item_and_reach_the_humans_table(tmp_path: Path) -> None:
    data = placed(tmp_path, wave_7())
    found = by_place("wvs-7", data)
    for answer in found["MAR"].answers:
        halves = as_array(answer.halves)
        assert answer.p is not None and halves.shape == (20, 2, len(answer.p))
        if answer.item != "y003":
            assert halves.sum(axis=-1) == pytest.approx(1)
        assert halves.mean(axis=(0, 1)) == pytest.approx(answer.p, abs=0.02)
        assert np.abs(halves[:, 0] - halves[:, 1]).max() > 0.05
    alone = load_populations("wvs-7/MAR", data=data)[0]
    assert alone.answers == found["MAR"].answers
    table = humans_table(list(found.values()))
    row = table.filter((pl.col("place") == "MAR") & (pl.col("item") == "f063"))
    answer = found["MAR"].answer("f063")
    assert answer and as_array(row["halves"].to_list()[0]) == pytest.approx(as_array(answer.halves))
    path = tmp_path / "humans.parquet"
    table.write_parquet(path)
    assert pl.read_parquet(path).equals(table)
    none = by_place("wvs-7", data, halves=0)
    assert all(not a.halves for one in none.values() for a in one.answers)
    assert humans_table(list(none.values()))["halves"].null_count() == sum(len(one.answers) for one in none.values())


def test_halves_of_ready_numbers_and_of_too_few(tmp_path: Path) -> None:
    usa = by_place("ivs-2022", placed(tmp_path, trend(), "ivs"))["USA"].answer("y002")
    assert usa and as_array(usa.halves).shape == (20, 2, 1)
    assert as_array(usa.halves).mean() == pytest.approx(usa.value, abs=0.03)
    few = by_place("wvs-7", placed(tmp_path, wave_7(60)))["EGY"].answer("a008")
    assert few and few.n == 15 and few.halves == ()


def test_a_users_own_microdata_come_in_halves_too(tmp_path: Path) -> None:
    """The same people through the import of anybody's data and through the reader of the survey."""
    table = wave_7()
    data = placed(tmp_path, table)
    found = by_place("wvs-7", data)["MAR"]
    columns = {"place": "B_COUNTRY_ALPHA", "a008": "Q46", "f120": "Q184", "y002/first": "Q154", "y002/second": "Q155"}
    settings = ImportSettings(
        "own-1", "wvs/table.csv", "cultural_map", {**columns, **{f"y003/{k + 1}": f"Q{k + 7}" for k in range(11)}},
        values={"place": {"NIR": "GB-NIR"}, "y003": {"2": "0"}}, microdata=True, missing=(-1, -4), weight="W_WEIGHT",
        folder=data,
    )  # fmt: skip
    own = next(one for one in import_populations(settings) if one.place == "MAR")
    for item in ("a008", "f120", "y002", "y003"):
        mine, theirs = own.answer(item), found.answer(item)
        assert mine and theirs and mine.p == pytest.approx(theirs.p) and mine.n == theirs.n
        halves = as_array(mine.halves)
        assert halves.shape == as_array(theirs.halves).shape
        assert halves.mean(axis=(0, 1)) == pytest.approx(theirs.p, abs=0.02)


def test_halving_is_fair_and_depends_on_its_group_only() -> None:
    labels = ["a"] * 7 + ["b"] * 4
    first = random_halves(labels, times=200, seed=1, name="s")
    assert (first[:, :7].sum(axis=1) == 4).all() and (first[:, 7:].sum(axis=1) == 2).all()
    assert first.mean(axis=0)[7:] == pytest.approx(0.5, abs=0.15)
    assert (random_halves(["b"] * 4, times=200, seed=1, name="s") == first[:, 7:]).all()
    assert (random_halves(labels, times=200, seed=2, name="s") != first).any()


def test_split_half_by_hand_and_its_errors() -> None:
    rng = np.random.default_rng(0)
    cells, weights = rng.integers(0, 2, 60).astype(float), rng.uniform(0.5, 2, 60)
    cells[::9] = np.nan
    first = random_halves(["x"] * 60, times=5, seed=3, name="s")
    found = split_half(cells, weights, ["x"] * 60, first, cells=2, codes=(1, 2))
    for half, pair in zip(first, found["x"], strict=True):
        for side, members in zip(pair, (half, ~half), strict=True):
            own = members & ~np.isnan(cells)
            assert side[1] == pytest.approx((weights * (cells == 1))[own].sum() / weights[own].sum())
    few = random_halves(["lone"] * 19, times=3, seed=1, name="s")
    assert split_half(np.zeros(19), np.ones(19), ["lone"] * 19, few, cells=2, codes=(1, 2)) == {}
    for bad in (np.full(60, 2.0), np.full(60, 0.5)):
        with pytest.raises(ValueError, match="from 0 to 1"):
            split_half(bad, np.ones(60), ["x"] * 60, first, cells=2, codes=(1, 2))
    with pytest.raises(ValueError, match="60 people need as many"):
        split_half(np.ones(3), np.ones(3), ["x"] * 60, first, cells=2, codes=(1, 2))
    with pytest.raises(ValueError, match="no halves"):
        full_size_distance((), "survey")


@pytest.mark.parametrize(("options", "n"), [(2, 400), (4, 200), (4, 1000), (10, 400)])
def test_halves_foretell_the_full_sample(options: int, n: int) -> None:
    """Distance between halves, over root 2 and root 4, against new samples of the same people."""
    rng = np.random.default_rng(options * n)
    p = rng.dirichlet(np.full(options, 3.0))
    told, survey, people = [], [], []
    for seed in range(250):
        sample = rng.choice(options, n, p=p)
        first = random_halves(["x"] * n, times=2, seed=seed, name="s")
        halves = split_half(sample.astype(float), np.ones(n), ["x"] * n, first, cells=options, codes=())["x"]
        told.append(full_size_distance(halves, "survey"))
        shares = np.bincount(sample, minlength=options) / n
        survey.append(js_distance(shares, rng.multinomial(n, p) / n))
        people.append(js_distance(shares, p))
    error = 3.5 * np.std(survey) / np.sqrt(250) / np.mean(survey)
    assert np.mean(told) == pytest.approx(np.mean(survey), rel=0.03 + error)
    assert np.mean(told) / np.sqrt(2) == pytest.approx(np.mean(people), rel=0.03 + error)


def test_codes_of_countries() -> None:
    assert [survey_place(code) for code in (818, "818.0", "egy", "EG", "8", 909, "SVN")] == [
        "EGY", "EGY", "EGY", "EGY", "ALB", "GB-NIR", "SVN",
    ]  # fmt: skip
    assert survey_place("ZZZ") is None and survey_place("") is None


@pytest.mark.slow
def test_memory_follows_interviews_and_not_the_file(tmp_path: Path) -> None:
    n, wide = 60_000, {f"X{k}": np.arange(60_000) % 997 for k in range(420)}
    table = wave_7(n).with_columns(**{name: pl.Series(values) for name, values in wide.items()})
    data = placed(tmp_path, table)
    assert (data / "wvs" / "table.csv").stat().st_size > 95e6
    script = (
        "import resource, sys, pathlib\nfrom tawazun.populations import load_populations\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "load_populations('wvs-7', data=pathlib.Path(sys.argv[1]))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    ran = subprocess.run([sys.executable, "-c", script, str(data)], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 150_000, f"{int(ran.stdout) / 1000:.0f} MB for a file of 100 MB"
