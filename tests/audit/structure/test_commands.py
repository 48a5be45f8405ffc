"""From files to a forecast and to subsets, by the commands a user types."""

import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tawazun.cli.auditing import app
from tawazun.errors import UserError
from tests.audit.structure.planted import Dials, Manner, corpus, design

RUN = CliRunner()


def said(*words: str) -> str:
    done = RUN.invoke(app, list(words))
    if isinstance(done.exception, UserError):
        raise done.exception
    assert done.exit_code == 0, f"{done.output}{done.exception}"
    return done.output


def written(path: Path, dials: Dials, seed: int) -> str:
    texts = corpus(dials, 40, seed, Manner(sentences=3))
    path.write_text("\n".join(json.dumps({"text": text}, ensure_ascii=False) for text in texts))
    return str(path)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("commands")
    dials = design(8, 2)
    return folder, [written(folder / f"s{i}.jsonl", Dials(row[0], 0.5, 0.0, row[3]), i) for i, row in enumerate(dials)]


HOW = ["--language", "en", "--rows", "20", "--shards", "2", "--family", "lexical", "--family", "scripts"]


def test_components_association_predict_and_subsets_follow_on_each_other(sets: tuple[Path, list[str]]) -> None:
    folder, paths = sets
    out = said("components", *paths, *HOW, "--count", "1", "--draws", "100", "--out", str(folder / "comp"))
    assert "8 sets, each 2 × 20 rows" in out and "component 1:" in out and "fewer than 12 move" in out
    rows = [f"s{i},m,f,bench,{i % 3 + i / 8}" for i in range(8)]
    results = folder / "results.csv"
    results.write_text("\n".join(["dataset,model,family,benchmark,change", *rows]))
    out = said("association", str(results), str(folder / "comp"), "--out", str(folder / "model"))
    assert "all 40320 shuffles" in out and "each set left out" in out and "22 sets" not in out
    as_json = json.loads(said("association", str(results), str(folder / "comp"), "--json"))
    assert as_json["sets"] == 8 and len(as_json["cells"]) == 1 and as_json["cells"][0]["n"] == 8
    again = json.loads(said("predict", str(folder / "model"), paths[3], "--language", "en", "--json"))
    assert [one["model"] for one in again["forecasts"]] == ["m"]
    with pytest.raises(UserError, match="its rows are in 'ar', the model is of sets in 'en'"):
        said("predict", str(folder / "model"), paths[3], "--language", "ar")
    where = ["--components", str(folder / "comp"), "--out", str(folder / "sub")]
    out = said("subsets", *paths, *where, "--language", "en", "--size", "60", "--draws", "3")
    assert out.count("60 rows") == 5 and "without matching" in out
    table = folder / "effects.csv"
    names = ["high-1", "low-1", "random-1", "random-2", "random-3"]
    table.write_text("\n".join(["subset,model,benchmark,change", *(f"{name},m,b,{i}" for i, name in enumerate(names))]))
    assert "high-1 × b: -3 beyond random" in said("effects", str(folder / "sub"), str(table))


ENGLISH = """the people of this town have always lived by the river and their children go to school in the morning while
old men sit under trees talking about what they would have done if only there had been more rain last year because every
garden needs water before summer comes again with its long hot days when nobody works after noon""".split()


def english(path: Path, known: int) -> str:
    """Forty rows of English words, the first so many of a list."""
    draw = random.Random(known)
    rows = [" ".join(draw.choices(ENGLISH[:known], k=60 + 13 * known % 50)) + "." for _ in range(40)]
    path.write_text("\n".join(json.dumps({"text": row}) for row in rows))
    return str(path)


def test_components_say_which_sets_they_left_out(tmp_path: Path) -> None:
    own = [english(tmp_path / f"en{known}.jsonl", known) for known in (15, 20, 26, 33, 41, 50)]
    (tmp_path / "short.jsonl").write_text("\n".join(json.dumps({"text": " ".join(ENGLISH)}) for _ in range(30)))
    arabic = [json.dumps({"text": f"هذه جملة عربية قصيرة كتبت لهذا الاختبار رقم {i}"}) for i in range(40)]
    (tmp_path / "arabic.jsonl").write_text("\n".join(arabic))
    others = [str(tmp_path / f"{name}.jsonl") for name in ("short", "arabic")]
    record = json.loads(said("components", *own, *others, *HOW[2:6], "--draws", "100", "--json"))
    left = {one["items"][0]: one["text"] for one in record["findings"] if one["code"] == "left-out"}
    assert left["short"].startswith("30 rows in 'en', 40 are needed")
    assert left["ar"] == "1 sets of 40 rows or more, 5 are needed"
    assert len(record["languages"]["en"]["sets"]) == 6


@pytest.mark.parametrize(
    ("words", "said_of_it"),
    [
        (["components", "{0}", *HOW], "components need 5 or more sets of one language"),
        (["components", "{0}", "{0}", *HOW], "two sets are named 's0'"),
        (["components", "{0}", "--rows", "3"], "--rows: a shard has 10 rows or more"),
        (["components", "{0}", "--column", "x"], "--column: 'x' is not of the form"),
        (["components", "none.jsonl", *HOW], "there is no such file or folder"),
        (["association", "{0}", "none"], "cannot be read; `tawazun audit components"),
        (["predict", "none", "{0}"], "cannot be read; `tawazun audit association"),
        (["recipes", "none", "--recipe", "x.toml"], "no subsets.json that can be read"),
    ],
)
def test_mistakes_are_one_line(sets: tuple[Path, list[str]], words: list[str], said_of_it: str) -> None:
    with pytest.raises(UserError) as caught:
        said(*(word.format(*sets[1]) for word in words))
    assert said_of_it in str(caught.value) and "\n" not in str(caught.value)
