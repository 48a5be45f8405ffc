"""Other tools' files: every layout that is read, and one clear line for every one that is broken."""

import json
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.answers import Outcome
from tawazun.api.importing import import_logs
from tawazun.data.logs import Logged, language_of, read_log
from tawazun.errors import BadAnswers, BadFile, BadStudy
from tawazun.instruments import instrument
from tawazun.respondents import Recorded, Settings, make_respondent
from tawazun.respondents.logged import Matcher, likely
from tests.commands import one_line, tawazun

FACTS = instrument("atlas_facts")


def line(number: int, **changes: Any) -> dict[str, Any]:
    """One row of a sample file, as lm-evaluation-harness writes multiple choice."""
    ends = ["A", "B", "C", "D"]
    loglik = [-1.0, -2.0, -3.0, -4.0]
    question = FACTS.questions[number]
    shown = question.worded("en", "w1")
    assert shown is not None
    gold = question.codes.index(FACTS.gold[question.id])
    menu = "\n".join(f"{end}. {text}" for end, text in zip(ends, shown.options, strict=True))
    prompt = f"Question: {shown.stem}\n{menu}\nAnswer:"
    row = {
        "doc_id": number,
        "doc": {"question": shown.stem, "choices": list(shown.options), "answer": gold},
        "target": str(gold),
        "arguments": {f"gen_args_{k}": {"arg_0": prompt, "arg_1": f" {end}"} for k, end in enumerate(ends)},
        "resps": [[[f"{x}", "False"]] for x in loglik],
        "filtered_resps": [[f"{x}", "False"] for x in loglik],
        "filter": "none",
        "acc": float(gold == 0),
    }
    return {**row, **changes}


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def cells(path: Path, **options: object) -> dict[str, Outcome]:
    made = make_respondent(Settings("m", "log", file=path.name, folder=path.parent, options=options))
    assert isinstance(made, Recorded)
    return {one.question: one.outcome for one in made.cells([FACTS])}


def test_a_foreign_task_is_found_by_its_text(tmp_path: Path) -> None:
    rows = [line(n) for n in range(6)]
    rows[2]["doc"]["choices"] = rows[2]["doc"]["choices"][::-1]
    rows[2]["target"] = str(3 - int(rows[2]["target"]))
    rows[2]["acc"] = float(rows[2]["target"] == "0")
    found = cells(written(tmp_path / "samples_facts_2026-01-01T00-00-00.000001.jsonl", rows))
    assert list(found) == [one.id for one in FACTS.questions[:6]]
    assert found["f01"].loglik == (-1.0, -2.0, -3.0, -4.0)
    assert found["f03"].loglik == (-4.0, -3.0, -2.0, -1.0)
    assert sum(found["f01"].p or ()) == pytest.approx(1.0) and found["f01"].off_menu is None


def test_older_layouts_say_the_same(tmp_path: Path) -> None:
    new = [line(n) for n in range(4)]
    old = []
    for row in new:
        pairs = [list(one.values()) for one in row["arguments"].values()]
        scored = [[float(a), False] for a, _ in row["filtered_resps"]]
        doc = {key: value for key, value in row["doc"].items() if key != "question"}
        kept = {**row, "doc": doc, "arguments": pairs, "filtered_resps": scored, "resps": [[one] for one in scored]}
        old.append({**kept, "target": int(row["target"])})
    first, second = written(tmp_path / "samples_a.jsonl", new), written(tmp_path / "samples_b.jsonl", old)
    assert cells(first) == cells(second)


def test_keys_are_read_in_the_way_that_agrees_with_what_was_counted(tmp_path: Path) -> None:
    rows = []
    for number, (target, best) in enumerate([("1", 0), ("2", 2), ("3", 2)]):
        ends, loglik = ["1", "2", "3"], [-2.0, -2.5, -3.0]
        loglik[best] = -1.0
        row = line(number, target=target, acc=float(best == int(target) - 1))
        row["arguments"] = {f"g{k}": {"arg_0": "Rate it:", "arg_1": f" {end}"} for k, end in enumerate(ends)}
        row["filtered_resps"] = [[str(x), "False"] for x in loglik]
        rows.append(row | {"doc": {"question": f"How good is number {number}?"}})
    assert [one.gold for one in read_log(written(tmp_path / "samples_x.jsonl", rows)).items] == [0, 1, 2]
    rows[0]["acc"] = 0.0
    rows[1]["acc"] = 1.0
    with pytest.raises(BadFile, match="no reading of it as position or text agrees"):
        read_log(written(tmp_path / "samples_y.jsonl", rows))


def test_generations_are_read_by_our_readers(tmp_path: Path) -> None:
    replies = ["The answer is (B).", "I'm sorry, but I cannot help with that.", "A"]
    rows = []
    for number, reply in enumerate(replies):
        row = line(number)
        prompt = row["arguments"]["gen_args_0"]["arg_0"]
        row |= {"arguments": {"gen_args_0": {"arg_0": prompt, "arg_1": {"until": ["\n"]}}}, "resps": [[reply]]}
        rows.append(row | {"filtered_resps": ["[invalid]"]})
    found = cells(written(tmp_path / "samples_g.jsonl", rows))
    assert [one.text for one in found.values()] == [(reply,) for reply in replies]
    assert found["f02"].refused == 1.0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"filtered_resps": [["x", "False"]] * 4}, "row 2, column filtered_resps: a log-likelihood is needed, not 'x'"),
        ({"filtered_resps": [["0.5", "False"]] * 4}, "a log-likelihood is 0 or less, not 0.5"),
        ({"filtered_resps": [["nan", "False"]] * 4}, "a log-likelihood is 0 or less, not nan"),
        ({"filtered_resps": [["-1", "False"]]}, "4 requests need as many answers"),
        ({"arguments": {}}, "row 2, column arguments: a list of requests is needed"),
        ({"arguments": "?"}, "row 2, column arguments: a list of requests is needed"),
        ({"doc": "text"}, "row 2, column doc: the item is a record with named fields"),
        ({"doc_id": 0}, "row 2, column doc_id: '0' stands twice"),
    ],
)
def test_broken_rows_are_named(change: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile) as caught:
        cells(written(tmp_path / "samples_x.jsonl", [line(0), line(1, **change)]))
    assert said in str(caught.value) and "\n" not in str(caught.value)


def test_items_of_another_benchmark_and_other_keys_are_refused(tmp_path: Path) -> None:
    foreign = line(1)
    foreign["doc"]["question"] = "Who wrote this?"
    foreign["arguments"] = {k: {**v, "arg_0": "Who wrote this?"} for k, v in foreign["arguments"].items()}
    file = written(tmp_path / "samples_x.jsonl", [line(0), foreign])
    with pytest.raises(BadAnswers, match=r"1 of 2 items \(1\) are no question of atlas_facts"):
        cells(file)
    assert list(cells(file, partial=True)) == ["f01"]
    other = line(1)
    other["target"] = str((int(other["target"]) + 1) % 4)
    other["acc"] = float(other["target"] == "0")
    file = written(tmp_path / "samples_k.jsonl", [line(0), other])
    with pytest.raises(BadAnswers, match="1 of 2 items have another key than ours"):
        cells(file)
    assert len(cells(file, keys="ours")) == 2
    with pytest.raises(BadStudy, match="options has no 'wide'"):
        cells(file, wide=True)


def test_broken_inspect_logs_are_one_line(tmp_path: Path) -> None:
    good = {"eval": {"task": "t", "model": "m"}, "samples": [{"id": 1, "input": "Which?", "epoch": 1}]}
    broken = {
        "a.eval": b"no zip", "b.json": b"{", "c.json": b"[]", "d.json": b"{}", "e.json": b'{"samples": []}',
        "f.json": json.dumps({**good, "samples": []}).encode(),
        "g.json": json.dumps({**good, "samples": [{"id": 1}]}).encode(),
        "h.json": json.dumps({**good, "samples": good["samples"] * 2}).encode(),
    }  # fmt: skip
    for name, content in broken.items():
        (tmp_path / name).write_bytes(content)
    with zipfile.ZipFile(tmp_path / "i.eval", "w") as archive:
        archive.writestr("samples/1_epoch_1.json", "{}")
    with zipfile.ZipFile(tmp_path / "j.eval", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", json.dumps({"eval": {"task": "t"}}))
        archive.writestr("samples/1_epoch_1.json", "[" * 100_000)
    for name in (*broken, "i.eval", "j.eval", "gone.eval"):
        with pytest.raises(BadFile) as caught:
            read_log(tmp_path / name)
        assert name in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(BadFile, match=r"logs are \.eval or \.json of Inspect"):
        read_log(Path(__file__))


def test_attachments_thoughts_and_failed_samples(tmp_path: Path) -> None:
    content = [{"type": "reasoning", "reasoning": "maybe A"}, {"type": "text", "text": "attachment://1"}]
    samples = [
        {"id": "x", "epoch": 1, "input": "attachment://2", "choices": ["one", "two"], "target": ["B"],
         "output": {"choices": [{"message": {"content": content}}]},
         "attachments": {"1": "ANSWER: B", "2": "Which of these two?"}, "scores": {"choice": {"answer": "B"}}},
        {"id": "x", "epoch": 2, "input": "Which of these two?", "choices": ["one", "two"], "target": "B",
         "error": {"message": "timed out"}},
        {"id": "y", "epoch": 1, "input": [{"role": "system", "content": "s"}, {"role": "user", "content": "Who?"}],
         "choices": None, "target": "somebody", "error": {"message": "timed\nout"}},
    ]  # fmt: skip
    file = tmp_path / "l.json"
    file.write_text(json.dumps({"eval": {"task": "t", "model": "m"}, "samples": samples}))
    first, second = read_log(file).items
    assert (first.stem, first.replies, first.theirs, first.gold) == ("Which of these two?", ("ANSWER: B",), (1,), 1)
    assert (second.stem, second.replies, second.accepted, second.error) == ("Who?", (), ("somebody",), "timed out")


def test_a_doubled_text_is_given_out_once_each_and_by_its_key() -> None:
    first, *_ = FACTS.questions
    shown = first.worded("en", "w1")
    assert shown is not None
    item = Logged("spot", "7", shown.stem, options=shown.options[::-1])
    matcher = Matcher([FACTS])
    found = matcher.find(item)
    assert found is not None and (found.question.id, found.order) == (first.id, (3, 2, 1, 0))
    assert matcher.find(item) is None


@given(st.lists(st.floats(-700, 0), min_size=2, max_size=8), st.randoms())
def test_shares_of_log_likelihoods(loglik: list[float], random: Any) -> None:
    order = list(range(len(loglik)))
    random.shuffle(order)
    made = likely(loglik, order, "spot")
    assert made.p is not None and made.loglik is not None
    assert sum(made.p) == pytest.approx(1.0)
    assert [made.loglik[at] for at in order] == loglik
    assert made.p[order[loglik.index(max(loglik))]] == max(made.p)


def test_languages_are_told_by_script() -> None:
    cases: dict[str, list[str]] = {
        "ar": ["ما عاصمة مصر؟", "OK"], "zh": ["首都是哪里?"], "ja": ["首都はどこですか"], "hi": ["राजधानी क्या है"],
        "en": ["Which?", "?"],
    }  # fmt: skip
    assert {language: language_of([*texts, *texts[:1]]) for language, texts in cases.items()} == {k: k for k in cases}
    assert language_of([]) == "en"


def test_a_run_of_lm_eval_has_our_statistics_and_its_own_accuracy(tmp_path: Path) -> None:
    rows = [line(n) for n in range(len(FACTS.questions))]
    file = written(tmp_path / "samples_facts_2026-01-01T00-00-00.000001.jsonl", rows)
    (tmp_path / "results_2026.json").write_text(json.dumps({"model_name": "somebody/model"}))
    made = import_logs([file], tmp_path / "study", names=["atlas_facts"])
    assert made.found == {"atlas_facts": 54}
    done = tawazun("run", made.study, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    scores = pl.read_parquet(tmp_path / "run" / "scores.parquet").filter(pl.col("measure") == "accuracy")
    own = scores.filter((pl.col("respondent") == "somebody/model") & (pl.col("group") == ""))
    own = own.filter(pl.col("facet").str.ends_with("norm=none"))
    assert own["value"].to_list() == [pytest.approx(sum(row["acc"] for row in rows) / 54)]
    assert own["mode"].to_list() == ["recorded"] and own["low"][0] < own["value"][0] < own["high"][0]


def test_commands_fail_in_one_line(tmp_path: Path) -> None:
    one_line(tawazun("import", tmp_path / "gone.eval", "--out", tmp_path / "s"), 2, "there is no such file")
    one_line(tawazun("reread", tmp_path / "gone.eval"), 2, "there is no such file")
    one_line(tawazun("export", "lm-eval", "atlas", "--out", tmp_path / "x"), 2, "atlas has no key")
    one_line(tawazun("export", "lm-eval", "atlas_factz", "--out", tmp_path / "x"), 2, "did you mean 'atlas_facts'")
    assert not (tmp_path / "x").exists() and not (tmp_path / "s").exists()


CITIES = ("question,A,B,answer\n" + "".join(f"Where is place {n}?,north {n},south {n},A\n" for n in range(4))).encode()


def ours_log(path: Path, name: str, best: int = 0) -> Path:
    """A sample file of our own task over a user's file."""
    rows = []
    for number in range(4):
        prompt = f"Where is place {number}?\nA. north {number}\nB. south {number}"
        kept = {"persona": "none", "perspective": "self", "language": "en", "wording": "w1", "order": "forward"}
        asked = {**kept, "labels": "letters", "placement": "system", "context": "", "positions": [0, 1], "seed": 0}
        doc = {"question": f"Where is place {number}?", "options": [f"north {number}", f"south {number}"]}
        rows.append(
            {
                "doc_id": number,
                "doc": {**doc, "tawazun": {"instrument": name, "question": f"row-{number + 2}", "text": "w1", **asked}},
                "target": "0",
                "arguments": {f"g{k}": {"arg_0": prompt, "arg_1": f" {end}"} for k, end in enumerate("AB")},
                "resps": [[["-1.0", "False"]], [["-2.0", "False"]]],
                "filtered_resps": [["-1.0", "False"], ["-2.0", "False"]],
                "filter": "none",
                "acc": 1.0,
            }
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    return written(path, rows)


@pytest.mark.parametrize("name", ["custom:sets/own.csv", "custom:../own.csv"])
def test_a_users_file_is_found_by_the_study_that_is_made(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "work"
    here.mkdir()
    monkeypatch.chdir(here)
    file = Path(name.removeprefix("custom:"))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(CITIES)
    log = ours_log(here / "logs" / "m" / "samples_own.jsonl", name)
    made = import_logs([log], here / "made" / "study")
    assert list(made.found.values()) == [4]
    done = tawazun("run", made.study, "--out", tmp_path / "run")
    assert done.returncode == 0 and "accuracy 1.000" in done.stdout, done.stderr
    if ".." not in name:
        file.write_bytes(CITIES.replace(b",A\n", b",B\n"))
        with pytest.raises(BadFile, match=r"another file than sets/own.csv, which the logs are about"):
            import_logs([log], here / "made" / "study")


def test_two_logs_of_the_same_answers_are_named(tmp_path: Path) -> None:
    rows = [line(n) for n in range(4)]
    paths = []
    for at in "ab":
        (tmp_path / at / "m").mkdir(parents=True)
        paths.append(written(tmp_path / at / "m" / "samples_x.jsonl", rows))
    with pytest.raises(BadFile, match=r"a/m/samples_x.jsonl and .*b/m/samples_x.jsonl: both have m's answer to f01"):
        import_logs(paths, tmp_path / "out", names=["atlas_facts"])
    half = [
        written(tmp_path / at / "m" / "samples_x.jsonl", part)
        for at, part in zip("ab", (rows[:2], rows[2:]), strict=True)
    ]
    assert import_logs(half, tmp_path / "out", names=["atlas_facts"]).found["atlas_facts"] == 2
