"""The page of a training set: what it says, what it shows of whom, and that texts of the set do nothing on it."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from tawazun.api.audit_pages import Beside, read_beside, write_audit_page
from tawazun.api.data_audits import audit_data
from tawazun.audit.data import contrast
from tawazun.audit.data.profiles import differences, profiles
from tawazun.cli.commands import app
from tawazun.errors import BadFile
from tawazun.runs.audit_folder import read_audit
from tests.report.parsed import Parsed, parsed
from tests.report.test_browser import DESK, PHONE, Opened
from tests.report.test_hostile import ATTACKS

ARABIC = "تعتبر اللغة العربية من أكثر اللغات انتشارا في مصر وفي العالم كله وهي لغة قديمة رقم {} {}"
ENGLISH = "The quick brown fox number {} jumps over the lazy dog near the river {}"
FAMILIES = ("structure", "scripts", "lexical", "culture")


def audited(folder: Path, records: list[dict[str, Any]], name: str = "own", **settings: Any) -> Path:
    """An audit of records, with its page."""
    path = folder / f"{name}.jsonl"
    path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in records), encoding="utf-8")
    out = folder / f"audit-{name}"
    audit_data(str(path), out=out, families=FAMILIES, shard=20, **settings)
    write_audit_page(out)
    return out


def records(rows: int, more: str = "") -> list[dict[str, Any]]:
    """Rows of two languages that grow from row to row."""
    made = [{"text": ARABIC.format(i, f"كلمة {more}" * (i % 9))} for i in range(rows)]
    return made + [{"text": ENGLISH.format(i, "again " * (i % 5) + more)} for i in range(rows // 2)]


def read(folder: Path) -> tuple[str, Parsed]:
    html = (folder / "report.html").read_text(encoding="utf-8")
    return html, parsed(html)


def test_the_first_screen_says_what_the_set_is_and_what_stands_out(tmp_path: Path) -> None:
    html, page = read(audited(tmp_path, [*records(60), {"text": ""}], language=""))
    assert page.faults == [] and not [one for one in page.elements if one.tag in ("script", "img")]
    assert "<b>Arabic</b>: 60 rows (66.7 % of the set), half of them of" in html
    assert "<b>English</b>: 30 rows (33.3 % of the set)" in html
    assert "1 of 22 Arab states are named" in html
    assert "1 rows are empty and are left out" in html
    pictures = [one for one in page.elements if one.tag == "svg"]
    assert pictures and all(one.attributes["role"] == "img" for one in pictures)
    titles = [one for one in page.elements if one.tag == "desc"]
    assert len(titles) == len(pictures) and all(one.text for one in titles)


def test_all_states_stand_in_the_heat_map_with_their_zeros(tmp_path: Path) -> None:
    html, _ = read(audited(tmp_path, records(30)))
    table = html.split('aria-label="The 22 Arab states"')[1].split("</table>")[0]
    assert table.count('<th scope="row">') == 22
    assert table.count('class="closed">0<') >= 21 and "Egypt" in table and ">30<" in table


def test_another_set_gives_differences_with_the_intervals_of_their_rows(tmp_path: Path) -> None:
    here, there = audited(tmp_path, records(80), "here", keep_rows=True), audited(
        tmp_path, records(50, "x" * 9), "there", keep_rows=True)  # fmt: skip
    found = {one.here.key: one for one in differences(read_audit(here), read_audit(there))}
    for family, name in (("structure", "characters"), ("lexical", "word_entropy")):
        columns = [
            pl.concat([pl.read_parquet(one) for one in sorted((each / "rows").iterdir())], how="diagonal")
            .filter(pl.col("language") == "ar")[f"{family}.{name}"].to_numpy()
            for each in (here, there)
        ]  # fmt: skip
        own = found["ar", family, name]
        drawn = contrast(*columns, draws=2_000)
        assert own.value == pytest.approx(drawn.difference, rel=1e-9)
        width = drawn.high - drawn.low
        assert own.low == pytest.approx(drawn.low, abs=0.15 * width)
        assert own.high == pytest.approx(drawn.high, abs=0.15 * width)
        pooled = math.sqrt((79 * np.var(columns[0], ddof=1) + 49 * np.var(columns[1], ddof=1)) / 128)
        assert own.effect == pytest.approx(drawn.difference / pooled, rel=1e-9)
    ran = CliRunner().invoke(app, ["audit", "page", str(here), "--against", str(there)])
    assert ran.exit_code == 0, ran.output
    html, _ = read(here)
    assert "Most unlike there.jsonl in" in html and "Against there.jsonl" in html


def test_a_set_held_against_itself_differs_in_nothing(tmp_path: Path) -> None:
    here = audited(tmp_path, records(40))
    same = differences(read_audit(here), read_audit(here))
    assert same and all(one.value == 0 and not one.clear for one in same)
    html, _ = read(write_audit_page(here, read_beside([here])).parent)
    assert "no metric differs clearly" in html


def test_percentiles_are_those_of_the_rows(tmp_path: Path) -> None:
    here = audited(tmp_path, records(200), keep_rows=True)
    rows = pl.concat([pl.read_parquet(one) for one in sorted((here / "rows").iterdir())], how="diagonal")
    own = rows.filter(pl.col("language") == "ar")["structure.characters"].to_numpy()
    found = next(one for one in profiles(read_audit(here)) if one.key == ("ar", "structure", "characters"))
    assert found.percentiles == pytest.approx(np.percentile(own, (5, 25, 50, 75, 95)))
    assert found.low is not None and found.low < own.mean() < (found.high or 0)


def test_ends_are_the_rows_with_most_and_least(tmp_path: Path) -> None:
    here = audited(tmp_path, [{"text": "a" * (i + 1)} for i in range(70)], language="en")
    table = pl.read_parquet(here / "examples.parquet").filter(pl.col("metric") == "structure.characters")
    ends = {end: table.filter(pl.col("end") == end)["number"].to_list() for end in ("low", "high")}
    assert ends == {"low": [1, 2, 3], "high": [70, 69, 68]}
    tied = pl.read_parquet(here / "examples.parquet").filter(pl.col("metric") == "structure.turns")
    assert set(tied["tied"]) == {70}
    html, _ = read(here)
    assert "aaaaaaaaaa" in html and "structure.turns" not in html[html.index('id="ends"') :]


@pytest.mark.parametrize("terms", ["aggregates", "no"])
def test_no_text_of_a_set_that_may_not_be_shown_is_kept_or_shown(tmp_path: Path, terms: str) -> None:
    here = audited(tmp_path, records(30, "SECRETWORD"), terms=terms)
    html, _ = read(here)
    assert "SECRETWORD" not in html and f"terms of the set ({terms})" in html
    assert not [one.name for one in here.iterdir() if one.is_file() and b"SECRETWORD" in one.read_bytes()]
    assert pl.read_parquet(here / "examples.parquet")["text"].null_count() > 0
    few = audited(tmp_path, records(9, ""), "few", terms=terms)
    assert "&lt; 10" in read(few)[0]


@pytest.mark.parametrize("attack", ATTACKS)
def test_texts_and_names_of_a_set_are_text(tmp_path: Path, attack: str) -> None:
    rows = [{"text": f"{attack} {ENGLISH.format(i, '')}", "language": "ar"} for i in range(25)]
    here = audited(tmp_path, [*rows, {attack: 1}])
    manifest = json.loads((here / "manifest.json").read_text())
    (here / "manifest.json").write_text(json.dumps({**manifest, "subject": attack}))
    write_audit_page(here, read_beside([here]))
    _, page = read(here)
    assert not [one for one in page.elements if one.tag in ("script", "img")]
    assert not [one for one in page.elements if any(name.startswith("on") for name in one.attributes)]
    assert page.faults == []


def components_of(folder: Path) -> Path:
    """What `audit components` writes, of three sets."""
    folder.mkdir()
    scores = [("ar", name, shard, k, x + 0.1 * shard * k) for name, x in (("own", 1.0), ("b", -1.0), ("c", 0.2))
              for shard in range(3) for k in (1, 2)]  # fmt: skip
    pl.DataFrame(scores, orient="row", schema=["language", "dataset", "shard", "component", "score"]).write_parquet(
        folder / "components.parquet"
    )
    loadings = [
        ("ar", k, f"name {k}", metric, 0.8, 0.6, 0.9) for k in (1, 2) for metric in ("lexical.mattr", "structure.words")
    ]
    columns = ["language", "component", "name", "metric", "loading", "low", "high"]
    pl.DataFrame(loadings, orient="row", schema=columns).write_parquet(folder / "loadings.parquet")
    return folder


def test_the_plane_of_components_has_every_set(tmp_path: Path) -> None:
    here = audited(tmp_path, records(30))
    write_audit_page(here, read_beside((), components_of(tmp_path / "parts")))
    html, page = read(here)
    plane = html[html.index('class="plane"') :]
    assert all(f"<title>{name}: " in plane for name in ("own", "b", "c"))
    assert "lexical.mattr 0.80 [0.60, 0.90]" in html and "is not among these sets" not in html
    one = html[html.index('<h4 dir="auto">1: name 1') : html.index('<h4 dir="auto">2: name 2')]
    assert "Most of it: <bdi>own (1.0), c (0.2), b (−1.0)</bdi>. Least: <bdi>b (−1.0), c (0.2), own (1.0)</bdi>." in one
    assert "both ends of structure.words" in one and one.count("<blockquote") == 6
    assert page.faults == []


def test_what_is_no_audit_is_one_line(tmp_path: Path) -> None:
    here = audited(tmp_path, records(9))
    with pytest.raises(BadFile, match="no audit of a training set"):
        write_audit_page(tmp_path)
    with pytest.raises(BadFile, match=r"components.parquet: cannot be read"):
        read_beside((), tmp_path)
    pl.DataFrame({"language": ["ar"]}).write_parquet(tmp_path / "components.parquet")
    with pytest.raises(BadFile, match="the column dataset is missing"):
        read_beside((), tmp_path)
    (here / "metrics.parquet").write_bytes(b"x")
    with pytest.raises(BadFile, match=r"metrics.parquet: cannot be read"):
        write_audit_page(here, Beside())
    ran = CliRunner().invoke(app, ["audit", "data", str(tmp_path / "own.jsonl"), "--against", str(here)])
    assert ran.exception is not None and "--out" in str(ran.exception)


def test_a_set_without_words_or_countries_has_a_page(tmp_path: Path) -> None:
    here = audited(tmp_path, [{"text": "🎉🎉"}, {"text": "!!"}])
    html, page = read(here)
    assert page.faults == [] and "Unknown language" in html and 'id="countries"' not in html


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with everything on it."""
    folder = tmp_path_factory.mktemp("set")
    here, there = audited(folder, records(80)), audited(folder, records(60, "another" * 8), "there")
    return write_audit_page(here, read_beside([there], components_of(folder / "parts")))


@pytest.mark.chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_page_fits_and_asks_nothing(browser: Any, report: Path, size: dict[str, int], scheme: str) -> None:
    opened = Opened(browser, report, size, color_scheme=scheme)
    opened.page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    for section in ("faults", "languages", "countries", "differences", "components", "metrics", "ends"):
        opened.page.locator(f"nav.sections a[href='#{section}']").click()
        assert opened.page.locator(f"#{section} h2").first.is_visible()
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    box = opened.page.locator("#answer .lead").first.bounding_box()
    assert box is not None and box["y"] + box["height"] < size["height"]
    opened.quiet()


@pytest.mark.chromium
def test_arabic_examples_run_from_right_to_left(browser: Any, report: Path) -> None:
    opened = Opened(browser, report, DESK)
    opened.page.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    quote = opened.page.locator("#ends blockquote[lang='ar']").first
    assert quote.evaluate("one => getComputedStyle(one).direction") == "rtl"
    opened.page.emulate_media(media="print")
    assert not opened.page.locator("nav.sections").is_visible()
    opened.quiet()
