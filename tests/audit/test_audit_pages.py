"""Pages of audits: hostile names and texts do nothing, nothing is asked for, and axe-core finds nothing serious."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tawazun.api.audit_pages import read_beside, write_audit_page
from tawazun.api.cards import review_cards, write_reviews
from tawazun.api.data_audits import audit_data
from tawazun.api.representation import representation
from tests.report.test_access import violations
from tests.report.test_browser import DESK, PHONE, Opened

pytestmark = pytest.mark.chromium

ATTACK = '"><img src=x onerror=window.owned=1><script>window.owned=1</script>'


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in rows), encoding="utf-8")
    return path


def set_page(folder: Path) -> Path:
    made = []
    for name, more in (("own", ""), ("there", "more " * 6)):
        rows = [{"text": f"{ATTACK} a row of {i} in Egypt {more}{'word ' * (i % 7)}"} for i in range(40)]
        made.append(folder / name)
        audit_data(str(lines(folder / f"{name}{ATTACK[2:6]}.jsonl", rows)), out=made[-1], language="en", shard=20)
    parts = folder / "parts"
    parts.mkdir()
    scores = [("en", f"{name}{ATTACK}", shard, k, x + k) for name, x in (("a", 1.0), ("b", -1.0)) for shard in (0, 1)
              for k in (1, 2)]  # fmt: skip
    loaded = [("en", k, f"{ATTACK} {k}", "lexical.mattr", 0.8, 0.6, 0.9) for k in (1, 2)]
    pl.DataFrame(scores, orient="row", schema=["language", "dataset", "shard", "component", "score"]).write_parquet(
        parts / "components.parquet"
    )
    columns = ["language", "component", "name", "metric", "loading", "low", "high"]
    pl.DataFrame(loaded, orient="row", schema=columns).write_parquet(parts / "loadings.parquet")
    return write_audit_page(made[0], read_beside([made[1]], parts))


def cards_page(folder: Path) -> Path:
    rows = [{"id": f"own/{i}{ATTACK}", "task": ("Q&A", ATTACK)[i % 2], "likes": i, "downloads": 2, "license": ATTACK}
            for i in range(6)]  # fmt: skip
    done, gaps = review_cards(lines(folder / "list.jsonl", rows), date="2025-07-01", offline=True)
    write_reviews(done, gaps, f"list {ATTACK}", folder / "out")
    return folder / "out" / "report.html"


def coverage_page(folder: Path) -> Path:
    rows = [{"country": ("Egypt", "Morocco", ATTACK)[i % 3], "topic": (ATTACK, "food")[i % 2], "variety": "ar-EG"}
            for i in range(60)]  # fmt: skip
    representation(lines(folder / "own.jsonl", rows), out=folder / "out")
    return folder / "out" / "report.html"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {one.__name__: one(tmp_path_factory.mktemp(one.__name__)) for one in (set_page, cards_page, coverage_page)}


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk-dark", "phone-light"])
@pytest.mark.parametrize("name", ["set_page", "cards_page", "coverage_page"])
def test_pages_of_audits_are_safe_quiet_and_readable(
    browser: Any, pages: dict[str, Path], name: str, size: dict[str, int]
) -> None:
    opened = Opened(browser, pages[name], size, color_scheme="dark" if size is DESK else "light", bypass_csp=True)
    assert opened.page.evaluate("window.owned") is None
    assert opened.page.evaluate("document.querySelectorAll('script, img').length") == 0
    assert "onerror=window.owned" in opened.page.content()
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert violations(opened.page) == []
    opened.quiet()
