"""Who is in the data: birth, residence and self-description apart, small cells withheld, shares beside the people's."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from typer.testing import CliRunner

from tawazun.api.representation import people_in
from tawazun.audit.representation import Answers, Definition, People, read_people, who_is_in
from tawazun.audit.representation.people import SMALLEST, interval, withheld
from tawazun.cli.commands import app
from tawazun.errors import BadFile, BadStudy
from tawazun.places import group

ARAB = group("group:arab-league@2023-05")


def by(made: People, name: str) -> Definition:
    return next(one for one in made.definitions if one.name == name)


def test_prism_by_birth_and_by_self_description() -> None:
    made = people_in("prism")
    birth, own = by(made, "birth"), by(made, "self")
    assert (made.total, birth.known, birth.inside, own.inside) == (1_500, 1_500, 2, 14)
    assert birth.counts == {"KWT": 1, "SDN": 1}  # neither Israel's 47 nor Turkey's 2
    assert len(birth.absent) == 20
    assert birth.share == pytest.approx(2 / 1_500)
    assert "residence is not recorded here" in made.notes
    assert any("2 by birth, 14 by self" in note for note in made.notes)


def test_prism_with_small_cells_withheld() -> None:
    made = people_in("prism", redistribute="aggregates")
    birth, own = by(made, "birth"), by(made, "self")
    assert birth.inside is None and birth.share is None and "fewer than 10" in birth.why
    assert set(birth.counts.values()) == {None} and birth.absent == ()
    assert own.inside == 14
    assert not any("by birth" in note for note in made.notes)


def survey(folder: Path) -> Path:
    lines = [
        {"location": {"birth_country": b, "reside_country": r}, "ethnicity": {"simplified": e}, "sex": s}
        for b, r, e, s in [
            ("Egypt", "Germany", "Arab", "f"), ("Germany", "Egypt", "White", "m"),
            ("Germany", "Germany", "Middle Eastern", "f"),
            ("Jordan", "Jordan", "Prefer not to say", "f"), ("Prefer not to say", "France", "White", "m"),
            ("Old Kingdom", "Arab world", "Barbary", "m"),
        ]
    ]  # fmt: skip
    path = folder / "survey.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


COLUMNS = {"birth": "location.birth_country", "residence": "location.reside_country", "self": "ethnicity.simplified"}


def test_three_definitions_are_three_counts(tmp_path: Path) -> None:
    made = people_in(str(survey(tmp_path)), columns=COLUMNS)
    birth, residence, own = by(made, "birth"), by(made, "residence"), by(made, "self")
    assert (birth.known, birth.inside, dict(birth.counts)) == (4, 2, {"EGY": 1, "JOR": 1})
    assert (residence.known, residence.inside) == (5, 2)
    assert (own.known, own.inside, dict(own.counts)) == (5, 2, {"Arab": 1, "Middle Eastern": 1})  # not "Barbary"
    assert birth.unread == {"Old Kingdom": 1} and residence.unread == {"Arab world": 1}


def test_demographics_beside_those_of_the_people(tmp_path: Path) -> None:
    expected = tmp_path / "expected.csv"
    expected.write_text("dimension,value,share\nsex,f,0.25\nsex,m,0.5\nsex,x,0.01\n", encoding="utf-8")
    made = people_in(str(survey(tmp_path)), columns=COLUMNS | {"sex": "sex"}, expected=expected)
    at = {one.value: one for one in made.demographics}
    assert at["f"].ratio == pytest.approx(2.0) and at["m"].ratio == pytest.approx(1.0)
    assert at["x"].n == 0 and at["x"].ratio == 0
    hidden = people_in(str(survey(tmp_path)), columns=COLUMNS | {"sex": "sex"}, redistribute="aggregates")
    assert {one.n for one in hidden.demographics} == {None}


def test_words_of_ones_own_and_groups_without_words() -> None:
    said = Answers(3, {"self": [(("Amazigh",), 2), (("Arab",), 1)]})
    assert by(who_is_in(said, ARAB, self_words=["amazigh"]), "self").inside == 2
    union = group("group:asean@2024-12")
    nobody = by(who_is_in(said, union), "self")
    assert nobody.inside is None and "no words are known" in nobody.why


def test_nobody_known() -> None:
    made = by(who_is_in(Answers(5, {"birth": [((), 5)]}), ARAB), "birth")
    assert made.known == 0 and made.share is None and made.why == "nobody said"


def test_a_lone_small_cell_takes_a_second_with_it() -> None:
    assert withheld({"a": 100, "b": 12, "c": 3}) == {"a": 100, "b": None, "c": None}
    assert withheld({"a": 100, "b": 4, "c": 3}) == {"a": 100, "b": None, "c": None}
    assert withheld({"a": 100, "b": 12}) == {"a": 100, "b": 12}


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 40), max_size=6))
def test_no_withheld_count_can_be_worked_out_from_the_total(counts: dict[str, int]) -> None:
    shown = withheld(counts)
    assert all(n is None or n == 0 or n >= SMALLEST for n in shown.values())
    hidden = [name for name, n in shown.items() if n is None]
    others = [n for n in counts.values() if n]
    assert len(hidden) != 1 or len(others) == 1


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_wilsons(pair: tuple[int, int]) -> None:
    k, n = pair
    share, low, high = interval(k, n)
    z = norm.ppf(0.975)
    centre = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * (k * (n - k) / n + z * z / 4) ** 0.5
    assert low == pytest.approx(max(0.0, centre - half), abs=1e-9) and high == pytest.approx(
        min(1.0, centre + half), abs=1e-9
    )
    assert low - 1e-12 <= share <= high + 1e-12


@pytest.mark.parametrize(
    ("text", "columns", "why"),
    [
        ("name\nx\n", {}, "no column of birth"),
        ("birth\nEgypt\n", {"residence": "lives"}, "'lives'"),
        ("birth,count\nEgypt,-1\n", {}, "count is needed"),
    ],
)
def test_tables_that_cannot_be_read(tmp_path: Path, text: str, columns: dict[str, str], why: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadFile, match=why):
        read_people(path, columns)


def test_wrong_settings(tmp_path: Path) -> None:
    with pytest.raises(BadStudy, match="--terms"):
        people_in("prism", redistribute="maybe")
    with pytest.raises(BadStudy, match="--column"):
        people_in("prism", columns={"birth": "x"})
    shares = tmp_path / "shares.csv"
    shares.write_text("dimension,value,share\nsex,f,0.8\nsex,m,0.8\n", encoding="utf-8")
    with pytest.raises(BadFile, match="more than 1"):
        people_in(str(survey(tmp_path)), columns=COLUMNS, expected=shares)


def test_the_command(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["audit", "people", "prism", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "by birth: 2 of 1,500 known" in done.output and "by self: 14 of 1,500" in done.output
    assert (tmp_path / "out" / "manifest.json").is_file()
    told = json.loads(CliRunner().invoke(app, ["audit", "people", "prism", "--json"]).output)
    assert told["total"] == 1_500
