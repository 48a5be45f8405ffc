"""Coverage: planted gaps are found and ranked, one country for a region is called out, nothing is dropped silently."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from tawazun.api.representation import named_group, representation
from tawazun.audit.representation import Coverage, cover, interests, read_tags, tagged
from tawazun.audit.representation.tags import home, place_code
from tawazun.cli.commands import app
from tawazun.errors import BadFile, UnknownName
from tawazun.instruments import instrument
from tawazun.places import group
from tawazun.populations import load_populations

ARAB = group("group:arab-league@2023-05")


def rows(counts: dict[str, int], **more: Any) -> list[dict[str, Any]]:
    return [{"country": country, **more} for country, n in counts.items() for _ in range(n)]


def covered(records: list[dict[str, Any]], **options: Any) -> Coverage:
    return cover(tagged(records), ARAB, **options)


def codes(made: Coverage) -> list[str]:
    return [one.code for one in (*made.warnings, *made.gaps)]


def test_places_without_rows_are_named() -> None:
    made = covered(rows({code: 20 for code in ARAB.members if code not in ("MRT", "YEM")}))
    assert made.gaps[0].text == f"no rows for Mauritania, Yemen: 2 of 22 places of {ARAB.title}"
    assert made.gaps[0].items == ("MRT", "YEM")
    assert made.warnings == ()
    assert made.effective == pytest.approx(20)


@pytest.mark.data
def test_care_takes_the_arab_world_for_one_culture(data_folder: Path) -> None:
    made = representation(data_folder / "care" / "Arabic-test.json", columns={"country": "associated_culture"}).coverage
    assert made.counts["country"] == {"region:arab": 150.0}
    assert "region-only" in codes(made) and len(made.gaps[0].items) == 22


def test_places_beside_brackets() -> None:
    made = covered(rows({"Native (Arab)": 1, "Egypt (urban)": 1, "Urban (Jordan)": 1, "(((": 1}))
    assert made.counts["country"] == {"region:arab": 1, "EGY": 1, "JOR": 1}


def test_rows_without_any_country_are_not_called_gaps() -> None:
    made = covered([{"variety": "msa"}] * 5)
    assert codes(made) == ["no-country"] and "cannot be told" in made.gaps[0].text


def test_missing_places_are_ranked_by_what_they_should_have() -> None:
    even = rows({"EGY": 50, "MAR": 50})
    made = covered(even, expected={"EGY": 100, "SDN": 45, "YEM": 35, "DZA": 44, "MAR": 37})
    assert made.gaps[0].items[:3] == ("SDN", "DZA", "YEM")
    assert made.gaps[0].severity == "error"


def test_thin_places_come_in_the_order_of_their_lack() -> None:
    made = covered(rows(dict.fromkeys(ARAB.members, 100) | {"YEM": 12, "MRT": 4}))
    thin = [one for one in made.gaps if one.code == "thin"]
    assert [one.items for one in thin] == [("MRT",), ("YEM",)]
    assert "too few" in thin[0].text and "too few" not in thin[1].text


def test_one_country_for_a_region_is_called_out() -> None:
    made = covered(rows({"EGY": 80, "JOR": 10, "MAR": 10}))
    (warning,) = [one for one in made.warnings if one.code == "one-country"]
    assert warning.items == ("EGY",) and warning.value == pytest.approx(0.8)
    assert "one-country" not in codes(covered(rows({"EGY": 50, "JOR": 25, "MAR": 25})))


def test_rows_that_name_only_the_region() -> None:
    made = covered(rows({"Arab world": 60, "EGY": 20, "MAR": 20}))
    assert "region-only" in codes(made)
    assert made.counts["country"]["region:arab world"] == 60
    assert made.members["EGY"] == 20


@pytest.mark.parametrize(
    ("variety", "warns"), [("ar-EG", True), ("arz", True), ("Egyptian Arabic", True), ("msa", False), ("ar", False)]
)
def test_one_register_for_several_countries(variety: str, warns: bool) -> None:
    made = covered(rows({"EGY": 20, "JOR": 20, "MAR": 20}, variety=variety))
    assert ("one-register" in codes(made)) == warns
    borrowed = {one.items for one in made.warnings if one.code == "borrowed-register"}
    assert borrowed == ({("JOR",), ("MAR",)} if warns else set())


def test_own_registers_are_no_warning() -> None:
    made = covered(
        [*rows({"EGY": 20}, variety="ar-EG"), *rows({"MAR": 20}, variety="ary"), *rows({"JOR": 20}, variety="ar-JO")]
    )
    assert not {"one-register", "borrowed-register"} & set(codes(made))


def test_a_dialect_of_a_region_is_nobodys_in_particular() -> None:
    """Mostly Gulf with some Egyptian is not in Egyptian; a country outside the group borrows no register."""
    made = covered([*rows({"SAU": 30}, variety="Gulf"), *rows({"SAU": 10, "JOR": 20, "USA": 20}, variety="Egyptian")])
    borrowed = [one for one in made.warnings if one.code == "borrowed-register"]
    assert [one.items for one in borrowed] == [("JOR",)] and borrowed[0].value == 1


def test_topics_and_origins_by_country() -> None:
    records = [
        *rows({"EGY": 20, "JOR": 20}, topic="food", origin="native"),
        *rows({"MAR": 20}, topic="law", origin="machine-translated"),
    ]
    made = covered(records)
    assert made.crosses["topic"][("EGY", "food")] == 20
    assert [one.items for one in made.gaps if one.code == "no-native"] == [("MAR",)]
    assert "topic 'law': no rows for Egypt, Jordan" in [one.text for one in made.gaps]


def test_what_cannot_be_read_is_counted_and_listed() -> None:
    made = covered(
        [*rows({"Atlantis": 3, "EGY": 2, "": 4, "prefer not to say": 1}), {"country": None, "origin": "odd"}]
    )
    assert made.unread == {"country": {"Atlantis": 3}, "origin": {"odd": 1}}
    assert (made.total, made.tagged["country"]) == (11, 2)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("EGY", "EGY"), ("EG", "EGY"), ("Egypt", "EGY"), ("egyptian", "EGY"), ("مصر", "EGY"), ("UAE", "ARE"),
        ("GB-NIR", "GB-NIR"), ("Arab world", ""), ("Middle East", ""), ("no", ""), ("QQ", ""), ("", ""), ("x", ""),
    ],
)  # fmt: skip
def test_places_by_any_of_their_names(text: str, code: str) -> None:
    assert place_code(text) == code


@pytest.mark.parametrize(
    ("variety", "code"),
    [
        ("ar-EG", "EGY"),
        ("ar-Latn-MA", "MAR"),
        ("arz", "EGY"),
        ("egypt", "EGY"),
        ("msa", ""),
        ("ar", ""),
        ("ar-001", ""),
    ],
)
def test_varieties_have_a_home_or_none(variety: str, code: str) -> None:
    assert home(variety) == code


values = st.lists(st.sampled_from(["EGY", "MAR", "Arab", "Jordan", "USA", "nowhere", ""]), max_size=3)


@given(st.lists(st.tuples(values, st.integers(0, 5)), max_size=30))
def test_rows_are_neither_lost_nor_made(records: list[tuple[list[str], int]]) -> None:
    data = tagged([{"country": countries} for countries, _ in records], [n for _, n in records])
    made = cover(data, ARAB)
    assert sum(made.counts["country"].values()) == pytest.approx(made.tagged["country"])
    assert made.total == sum(n for _, n in records)
    assert sum(made.members.values()) <= made.total + 1e-9
    assert 0 <= made.effective <= len(ARAB.members) + 1e-9
    missing = {code for one in made.gaps if one.code == "no-rows" for code in one.items}
    assert missing == {code for code, n in made.members.items() if not n and made.counts["country"]}


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_with_other_names_and_nested_records(tmp_path: Path) -> None:
    line = {"meta": {"where": "Egypt; Jordan"}, "subject": "food", "times": 4}
    path = write(tmp_path, "own.jsonl", json.dumps(line))
    read = read_tags(path, {"country": "meta.where", "topic": "subject", "count": "times"})
    assert read.rows[0]["country"] == ("EGY", "JOR") and read.total == 4
    assert cover(read, ARAB).members["EGY"] == 2


@pytest.mark.parametrize(
    ("text", "columns", "why"),
    [
        ("text\nhello\n", {}, "no column of"),
        ("country\nEgypt\n", {"country": "land"}, "'land'"),
        ("country\nEgypt\n", {"planet": "country"}, "no dimension"),
        ("country,count\nEgypt,many\n", {}, "count is needed"),
    ],
)
def test_tables_that_cannot_be_read(tmp_path: Path, text: str, columns: dict[str, str], why: str) -> None:
    with pytest.raises(BadFile, match=why):
        read_tags(write(tmp_path, "own.csv", text), columns)


def test_weights_of_places(tmp_path: Path) -> None:
    path = write(tmp_path, "own.csv", "country,count\nEgypt,100\n")
    weights = write(tmp_path, "people.csv", "country,weight\nSudan,48\nYemen,34\n")
    made = representation(path, weights=weights).coverage
    assert made.gaps[0].items[:2] == ("SDN", "YEM")
    with pytest.raises(BadFile, match="no number"):
        representation(path, weights=write(tmp_path, "bad.csv", "country,weight\nSudan,lots\n"))
    with pytest.raises(BadFile, match="no place"):
        representation(path, weights=write(tmp_path, "bad.csv", "country,weight\nAtlantis,1\n"))


def test_groups_by_short_name() -> None:
    assert named_group("arab-league") == ARAB
    with pytest.raises(UnknownName):
        named_group("nobody")


@pytest.mark.data
def test_topics_beside_what_egyptians_say_matters(data_folder: Path) -> None:
    (people,) = load_populations("menavalues_wvs-7/EGY", data=data_folder)
    asked = instrument(people.instrument, data_folder)
    counts = {"politics": 50, "family": 30, "religion": 5, "work": 5, "friends": 5, "food": 7}
    data = tagged([{"country": "EGY", "topic": topic} for topic, n in counts.items() for _ in range(n)])
    made = interests(data, people, asked)
    at = {one.topic: one for one in made.topics}
    # family 1.0 and religion 0.99 of 1 in the survey, politics last
    assert at["family"].rank_people == 1 and at["religion"].rank_people == 2 and at["politics"].rank_people == 6
    assert at["politics"].gap < 0 < at["religion"].gap
    assert made.left_out == {"food": 7}
    assert made.rho is not None and made.low is not None and made.low < made.rho < (made.high or 1)
    nobody = interests(tagged([{"country": "JOR", "topic": "family"}]), people, asked)
    assert nobody.rho is None and "no row" in nobody.why
    few = interests(data, people, asked, {"family": "Q1", "work": "Q5"})
    assert few.rho is None and "at least 4" in few.why


def test_the_command(tmp_path: Path) -> None:
    path = write(tmp_path, "own.csv", "country,variety,count\nEgypt,ar-EG,90\nMorocco,ar-EG,5\nJordan,msa,5\n")
    runner = CliRunner()
    done = runner.invoke(app, ["audit", "representation", str(path), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "no rows for" in done.output and "Egypt has 90%" in done.output
    assert (tmp_path / "out" / "findings.parquet").is_file()
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Countries by language varieties" in page and "<script" not in page and "No row says its topics" in page
    assert page.count('<tr><th scope="row">') == 22
    told = json.loads(runner.invoke(app, ["audit", "representation", str(path), "--json"]).output)
    assert told["coverage"]["members"]["EGY"] == 90
    wrong = runner.invoke(app, ["audit", "representation", str(path), "--column", "country"])
    assert "OURS=THEIRS" in str(wrong.exception)
