"""Who does the work leaves no trace: one process, several, and the workers of Ray give the same tables, bit for bit."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from tawazun.api.data_audits import Crew, audit_data
from tawazun.audit.data import Choice, Raw, audit_rows
from tawazun.audit.data.passing import LOOK
from tawazun.audit.data.work import Look, Shard
from tawazun.audit.data.work import done as work
from tawazun.cli.commands import app
from tawazun.errors import Failure, UnknownName, UserError
from tawazun.workers.pools import Here, open_pool

LINES = {
    "en": "The quick brown fox number {} jumps over the lazy dog near the river in Egypt every single morning",
    "ar": "تعتبر اللغة العربية من أكثر اللغات انتشارا في العالم وهي لغة القرآن الكريم في مصر رقم {}",
    "zh": "这个国家的人民在第{}年的时候一起学习中国的历史和文化",
}


def folder_of_shards(folder: Path, rows: int = 900) -> Path:
    """Files of three languages, mixed, with rows of every kind of fault."""
    (folder / "set").mkdir()
    for part in range(3):
        lines = []
        for i in range(part, rows, 3):
            language = ("en", "ar", "zh")[(i // 3) % 3]
            tag = "en" if i % 90 == 4 else language
            lines.append(json.dumps({"text": LINES[language].format(i % 700), "language": tag}, ensure_ascii=False))
        lines[5:5] = ["no json", '{"text": ""}', '{"x": 1}', '{"text": "a \\u202eturn and a \\u0007 bell"}']
        (folder / "set" / f"part-{part}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder / "set"


def tables(folder: Path) -> dict[str, bytes]:
    """Every file of an audit as bytes."""
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


def test_several_processes_give_what_one_gives(tmp_path: Path) -> None:
    source = folder_of_shards(tmp_path)
    for name, crew in (("one", Crew()), ("two", Crew(jobs=2))):
        audit_data(str(source), out=tmp_path / name, shard=100, keep_rows=True, crew=crew)
    one, two = tables(tmp_path / "one"), tables(tmp_path / "two")
    assert one.keys() == two.keys() and len([name for name in one if name.startswith("rows/")]) > 8
    assert [name for name in one if one[name] != two[name]] == []
    faults = pl.read_parquet(tmp_path / "one" / "findings.parquet")["code"].to_list()
    assert {"not-json", "empty", "shape", "bidi", "control"} <= set(faults)


@pytest.mark.slow
def test_the_workers_of_ray_give_what_one_process_gives(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    source = folder_of_shards(tmp_path, 300)
    common = ["audit", "data", str(source), "--shard", "50", "--family", "lexical", "--family", "scripts"]
    for name, more in (("here", []), ("ray", ["--engine", "ray", "--workers", "2"])):
        ran = CliRunner().invoke(app, [*common, "--out", str(tmp_path / name), *more])
        assert ran.exit_code == 0, ran.output
    assert tables(tmp_path / "here") == tables(tmp_path / "ray")


def test_options_that_do_not_go_together_are_one_line(tmp_path: Path) -> None:
    source = folder_of_shards(tmp_path, 9)
    for crew, line in ((Crew(jobs=0), "--jobs"), (Crew(jobs=2, engine="ray"), "--jobs"), (Crew(2, workers=2), "--jobs"),
                       (Crew(workers=2), "--engine ray"), (Crew(engine="spark"), "--engine")):  # fmt: skip
        with pytest.raises(UserError, match=line):
            audit_data(str(source), crew=crew)


def broken(choice: Choice, item: Look | Shard) -> object:
    """Work that ends its process at the first shard."""
    import os
    import signal

    if isinstance(item, Shard):
        os.kill(os.getpid(), signal.SIGKILL)
    return work(choice, item)


def unknown() -> Choice:
    """Something that cannot be made."""
    raise UnknownName("no such model")


def test_a_killed_process_is_a_failure_and_never_a_shorter_result() -> None:
    rows = [Raw("x", i, {"text": LINES["en"].format(i)}) for i in range(LOOK)]
    with (
        pytest.raises(Failure, match="a process was killed"),
        open_pool(broken, Choice, jobs=2) as pool,
    ):
        audit_rows(rows, Choice(language="en"), pool=pool)


def test_what_goes_wrong_in_a_process_is_told_as_itself() -> None:
    with pytest.raises(UnknownName, match="no such model"), open_pool(work, unknown, jobs=2) as pool:
        audit_rows([Raw("x", 1, {"text": "x"})], Choice(language="en"), pool=pool)


def test_rows_of_any_size_wait_in_bounded_numbers() -> None:
    """A chunk is closed by its letters too, so that long rows do not pile up."""
    sizes: list[int] = []

    class Counting(Here):
        def begin(self, item: object) -> object:
            if isinstance(item, Look):
                sizes.append(len(item.rows))
            return super().begin(item)

    choice = Choice(language="en", families=("structure",))
    rows = (Raw("x", i, {"messages": [{"role": "user", "content": "a b " * 250_000}]}) for i in range(12))
    audit_rows(rows, choice, pool=Counting(work, lambda: choice))
    assert sizes == [4, 4, 4]
