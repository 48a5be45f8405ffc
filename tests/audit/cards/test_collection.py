"""Lists of sets: the published catalogue comes out as published and as corrected; any list is read to its end."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from tawazun.api.cards import review_cards, write_reviews
from tawazun.audit.cards import gap_map, review_collection
from tawazun.audit.cards.gaps import OTHER, TASKS, task_named
from tawazun.audit.cards.records import CRITERIA
from tawazun.cli.commands import app
from tawazun.data.cards import HubCard
from tawazun.errors import BadFile, BadStudy
from tests.audit.cards.hub import README, Told

TODAY = "2026-01-15"
# task -> entries and (High, Medium, Low) per criterion as the review's own file has them, then scientific corrected
PUBLISHED: dict[str, tuple[int, str, str]] = {
    "Translation": (155, "43/29/83 1/0/154 48/24/83 72/75/8 100/22/33 6/17/132", "2/4/149"),
    "Q&A": (140, "43/19/78 2/2/136 46/39/55 69/66/5 119/6/15 7/14/119", "3/6/131"),
    "Summarisation": (45, "14/5/26 1/0/44 11/11/23 24/18/3 35/2/8 4/8/33", "0/7/38"),
    "Reasoning & multi-step thinking": (8, "1/2/5 0/1/7 5/3/0 4/4/0 8/0/0 0/0/8", "0/0/8"),
    "Robustness & safety": (8, "5/2/1 0/0/8 6/0/2 6/0/1 7/0/1 2/1/5", "0/2/6"),
    "Dialogue": (6, "0/1/5 0/0/6 2/0/4 3/3/0 6/0/0 0/0/6", "0/0/6"),
    "Cultural alignment": (3, "1/2/0 0/0/3 2/0/1 1/2/0 2/0/1 0/0/3", "0/0/3"),
    "Ethics, bias & fairness": (1, "0/1/0 0/0/1 1/0/0 1/0/0 0/0/1 0/0/1", "0/0/1"),
    "all": (366, "107/61/198 4/3/359 121/77/168 180/168/17 277/30/59 19/40/307", "5/19/342"),
}


def shown(counts: tuple[int, int, int, int]) -> str:
    return "/".join(map(str, counts[:3]))


@pytest.mark.data
def test_the_published_catalogue_comes_out_as_published_and_as_corrected(data_folder: Path) -> None:
    done = review_collection(data_folder / "dataset_cards" / "catalog_min.jsonl", TODAY)
    made = gap_map(done.reviews)
    found = {
        line.task: (
            line.n,
            " ".join(shown(line.published[name]) for name in CRITERIA),
            shown(line.corrected["scientific"]),
        )
        for line in (*made.lines, made.total)
        if line.n
    }
    assert found == PUBLISHED
    assert [one for one in made.gaps if one.startswith("no set at all")] == [
        "no set at all: Code generation, Function call, Official documentation, Persona & system prompt"
    ]
    assert (done.distinct, done.date) == (321, "2025-07")
    # levels that need nothing the file leaves out come out again by our own count, each one of them
    again = {name: same for name, (same, _) in done.counted_again.items()}
    assert again == dict.fromkeys(CRITERIA, 366) | {"scientific": 353}


@pytest.mark.data
def test_corrected_levels_are_those_of_the_file(data_folder: Path) -> None:
    path = data_folder / "dataset_cards" / "catalog_min.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    done = review_collection(path, TODAY)
    ours = [(one.criterion("scientific").score, one.criterion("scientific").level) for one in done.reviews]
    assert ours == [(row["scientific_corrected"]["score"], row["scientific_corrected"]["level"]) for row in rows]


def write(folder: Path, rows: list[dict[str, Any]], name: str = "list.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


OPEN = HubCard("own/open", likes=300, downloads=5, models=1, spaces=0, last_modified="2025-12-01", readme=README)


def test_every_entry_of_a_users_list_gets_one_outcome(tmp_path: Path) -> None:
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "README.md").write_bytes(README)
    (tmp_path / "binary").mkdir()
    (tmp_path / "binary" / "README.md").write_bytes(b"\0\1\2\3")
    path = write(
        tmp_path,
        [
            {"id": "own/open", "task": "Q&A"},
            {"id": "own/gated"},
            {"id": "own/vanished", "task": "code"},
            {"id": "local", "task": "Dialogue"},
            {"id": "binary"},
            {"id": ""},
            {"id": "own/facts", "likes": 5, "downloads": "10", "license": "mit", "last_modified": "2025-10-01"},
            {"id": "own/wrong", "likes": "many", "downloads": -3, "last_modified": "last year"},
        ],
    )
    hub = Told(
        {"own/open": OPEN, "own/gated": HubCard("own/gated", likes=1, downloads=1, outcome="gated", why="gated: x")}
    )
    done, gaps = review_cards(path, date=TODAY, reader=lambda: hub)
    assert [one.facts.outcome for one in done.reviews] == [
        "reviewed", "gated", "gone", "reviewed", "unreadable", "unreadable", "reviewed", "partly",
    ]  # fmt: skip
    assert all(one.facts.why for one in done.reviews if one.facts.outcome != "reviewed")
    assert done.reviews[0].criterion("popularity").level == "High"
    assert done.reviews[6].criterion("popularity").score == 15
    assert {field.state for at in (2, 4, 5, 6, 7) for field in done.reviews[at].fields} == {"unread"}
    # silence is not "none": what could not be read has no level
    for at in (2, 4, 5):
        assert {done.reviews[at].criterion(name).level for name in CRITERIA} == {""}
    assert done.reviews[6].criterion("licensing").level == "High"
    assert done.reviews[6].criterion("scientific").level == ""
    wrong = done.reviews[7].facts
    assert wrong.likes is None and "'many' is no count" in wrong.why and "'last year' is no date" in wrong.why
    assert gaps.total.n == 8


def test_doubles_are_counted_once_per_task_and_asked_for_once(tmp_path: Path) -> None:
    rows = [{"id": "own/open", "task": "Q&A"}, {"id": "Own/Open", "task": "Q&A"}, {"id": "own/open", "task": "code"}]
    hub = Told({"own/open": OPEN, "Own/Open": OPEN})
    done = review_collection(write(tmp_path, rows), TODAY, reader=lambda: hub)
    assert len(done.reviews) == 2 and done.distinct == 1 and done.twice == {"own/open": 2}
    assert "row 2" in done.notes[0] and "row 1 already" in done.notes[0]
    assert hub.asked.count("own/open") == 1


def test_the_hub_is_left_alone_after_it_did_not_answer(tmp_path: Path) -> None:
    cards = {f"own/{n}": HubCard(f"own/{n}", outcome="unreachable", why="the Hub did not answer") for n in range(9)}
    hub = Told(cards)  # type: ignore[arg-type]
    done = review_collection(write(tmp_path, [{"id": name} for name in cards]), TODAY, reader=lambda: hub)
    assert len(hub.asked) == 3
    assert done.outcomes == {"unreachable": 9}
    assert "not asked" in done.reviews[-1].facts.why


def test_offline_asks_nobody(tmp_path: Path) -> None:
    def never() -> Told:
        raise AssertionError("the Hub was asked")

    done, _ = review_cards(write(tmp_path, [{"id": "own/open"}]), date=TODAY, offline=True, reader=never)
    assert done.reviews[0].facts.outcome == "unreachable"


def test_a_csv_of_names_and_facts(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(
        "name,task,likes,downloads,licence,acl\nown/a,Translation,90,20,mit,2024.acl-long.1\nown/b,,,,,\n",
        encoding="utf-8",
    )
    done = review_collection(path, TODAY, reader=lambda: Told({}))
    first, second = done.reviews
    assert first.criterion("popularity").level == "Medium" and first.criterion("scientific").score == 1
    assert second.facts.outcome == "gone"


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("list.jsonl", '{"title": "x"}', "no column of names"),
        ("list.jsonl", "", "empty"),
        ("list.jsonl", "{", "not JSON"),
        ("list.txt", "own/set", "rows come from"),
        ("missing.csv", None, "no such file"),
    ],
)
def test_lists_that_cannot_be_read(tmp_path: Path, name: str, text: str | None, why: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(BadFile, match=why):
        review_collection(tmp_path / name, TODAY)


def test_the_day_is_pinned_by_the_user_the_list_or_today(tmp_path: Path) -> None:
    def row(name: str, day: str, recency: str) -> dict[str, Any]:
        return {"id": name, "likes": 1, "last_modified": day, "levels_published": {"recency": recency}}

    narrow = [row("a", "2025-01-10", "High"), row("b", "2024-12-10", "Medium"), row("c", "2024-06-10", "Low")]
    done = review_collection(write(tmp_path, narrow), TODAY)
    assert done.date == "2025-07" and "only month" in done.dated
    assert review_collection(write(tmp_path, narrow), TODAY, date="2025-01").date == "2025-01"
    wide = [row("a", "2025-01-10", "High")]
    assert review_collection(write(tmp_path, wide), TODAY).dated.startswith("the first of 7 months")
    never = [row("a", "2025-01-10", "Low"), row("b", "2024-01-10", "High")]
    assert review_collection(write(tmp_path, never), TODAY).date == TODAY
    with pytest.raises(BadStudy, match="--date"):
        review_collection(write(tmp_path, narrow), TODAY, date="soon")


def test_tasks_of_the_map() -> None:
    known = [task for tasks in TASKS.values() for task in tasks]
    assert [task_named(task) for task in known] == known
    assert task_named("something else") == OTHER


def test_the_kept_review_holds_page_findings_and_numbers(tmp_path: Path) -> None:
    rows = [
        {"id": "own/a", "task": "Q&A", "likes": 1, "downloads": 2, "license": "none"},
        {"id": "<script>alert(1)</script>", "task": "<b>", "likes": 1, "downloads": 2},
    ]
    done, gaps = review_cards(write(tmp_path, rows), date=TODAY, offline=True)
    write_reviews(done, gaps, "list.jsonl", tmp_path / "out")
    findings = pl.read_parquet(tmp_path / "out" / "findings.parquet")
    mine = findings.filter(pl.col("items").list.contains("own/a"))
    assert set(CRITERIA) <= set(mine["check"])
    metrics = pl.read_parquet(tmp_path / "out" / "metrics.parquet")
    count = metrics.filter((pl.col("check") == "corrected:licensing") & (pl.col("name") == "all:Low"))[
        "value"
    ].to_list()
    assert count == [1.0]  # the other row says nothing of a licence
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["kind"] == "audit" and manifest["counts"]["entries"] == 2 and manifest["facts"]["date"] == TODAY
    write_reviews(done, gaps, "list.jsonl", tmp_path / "out")  # an earlier one is replaced


runner = CliRunner()


def test_the_command_for_one_set(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(README)
    done = runner.invoke(
        app, ["audit", "card", str(tmp_path), "--date", "2025-07-01", "--suggest", str(tmp_path / "new.md")]
    )
    assert done.exit_code == 0, done.output
    assert "as published" in done.output and "arz (Egyptian Arabic)" in done.output
    assert "TODO" in (tmp_path / "new.md").read_text(encoding="utf-8")
    again = runner.invoke(app, ["audit", "card", str(tmp_path), "--suggest", str(tmp_path / "new.md")])
    assert isinstance(again.exception, BadFile) and "there already" in str(again.exception)
    told = runner.invoke(app, ["audit", "card", str(tmp_path), "--json", "--date", "2025-07-01"])
    record = json.loads(told.output)
    assert [one["name"] for one in record["criteria"]] == list(CRITERIA) and record["date"] == "2025-07-01"


def test_the_command_for_a_list(tmp_path: Path) -> None:
    path = write(tmp_path, [{"id": "own/a", "task": "Q&A", "likes": 150, "downloads": 2}, {"id": "own/b"}])
    done = runner.invoke(app, ["audit", "card", "--collection", str(path), "--offline", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "no set at all: Translation" in done.output and "! own/b: unreachable" in done.output
    assert (tmp_path / "out" / "report.html").is_file()
    told = json.loads(runner.invoke(app, ["audit", "card", "--collection", str(path), "--offline", "--json"]).output)
    assert told["entries"] == 2 and told["gap_map"]["total"]["n"] == 2


def test_a_hostile_card_does_not_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(
        "## Languages\nArabic \x1b[2J\x1b]0;owned\x07 and \u202etxet\u202c, spoken in Cairo.\n", "utf-8"
    )
    done = runner.invoke(app, ["audit", "card", str(tmp_path)])
    assert done.exit_code == 0 and "spoken in Cairo" in done.output
    assert not {"\x1b", "\x07", "\u202e"} & set(done.output)


@pytest.mark.parametrize(
    "options",
    [[], ["own/a", "--collection", "x.csv"], ["own/a", "--out", "x"], ["--collection", "x.csv", "--suggest", "y.md"]],
)
def test_options_that_do_not_go_together(options: list[str]) -> None:
    done = runner.invoke(app, ["audit", "card", *options])
    assert isinstance(done.exception, BadStudy) or done.exit_code == 2
