"""The file of the cache: every bit comes back, the cap holds, many processes write at once, and damage is one line."""

import math
import multiprocessing
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tawazun.answers import Outcome
from tawazun.cache import Store, cache_cap, cache_file
from tawazun.cache.place import NAME
from tawazun.cache.store import FRESH_SECONDS
from tawazun.cache.values import exact_key, pack, reply_key, shares_key, unpack
from tawazun.errors import BadFile, UserError

NUMBERS = st.floats(allow_nan=False)
LISTS = st.none() | st.lists(NUMBERS, max_size=6).map(tuple)
OUTCOMES = st.builds(
    Outcome,
    p=LISTS,
    off_menu=st.none() | NUMBERS,
    refused=st.none() | NUMBERS,
    n=st.none() | NUMBERS | st.integers(0, 99),
    value=st.none() | NUMBERS,
    text=st.none() | st.lists(st.text(), max_size=3).map(tuple),
    loglik=LISTS,
)


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def store(folder: Path, cap: int = 10**8, seconds: float = 0) -> Store:
    return Store(folder / NAME, cap, lambda: seconds)


@given(OUTCOMES)
def test_an_outcome_comes_back_bit_by_bit(outcome: Outcome) -> None:
    back = unpack(pack(outcome))
    assert back == outcome and repr(back) == repr(outcome)


@given(st.text(st.characters()))
def test_a_reply_comes_back_bit_by_bit(reply: str) -> None:
    assert unpack(pack(reply)) == reply


def test_half_a_surrogate_is_kept_too() -> None:
    assert unpack(pack("\ud83d")) == "\ud83d"


@given(OUTCOMES, st.data())
def test_a_flipped_bit_is_noticed(outcome: Outcome, data: st.DataObject) -> None:
    stored = bytearray(pack(outcome))
    stored[data.draw(st.integers(0, len(stored) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert unpack(bytes(stored)) is None


def test_keys_tell_cells_seeds_and_samples_apart() -> None:
    made = [exact_key("ab"), exact_key("cd"), *(shares_key("ab", seed, n) for seed in (0, 1) for n in (3, 30))]
    made += [reply_key(cell, seed, k) for cell in ("ab", "cd") for seed in (0, 1, 11) for k in (0, 1, 11)]
    assert len(set(made)) == len(made)


def test_what_was_put_is_found_and_the_first_stays(tmp_path: Path) -> None:
    one, other = store(tmp_path), store(tmp_path)
    one.put("r1", "a model", [(key(k), b"v%d" % k) for k in range(1200)])
    other.put("r2", "another", [(key(1), b"too late"), (key(5000), b"new")])
    assert other.find([key(k) for k in range(1300)]) == {key(k): b"v%d" % k for k in range(1200)}
    assert [(kept.id, kept.name, kept.entries) for kept in one.kept()] == [
        ("r1", "a model", 1200),
        ("r2", "another", 1),
    ]
    one.drop([key(1)])
    assert other.find([key(1)]) == {} and other.kept()[0].entries == 1199
    other.clear()
    assert one.kept() == [] and one.find([key(2)]) == {}


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    value = b"x" * 850  # a thousand bytes a row
    rows = [(key(k), value) for k in range(100)]
    store(tmp_path, 100_000, 0).put("r", "r", rows[:50])
    store(tmp_path, 100_000, 10).put("r", "r", rows[50:])
    store(tmp_path, 100_000, FRESH_SECONDS + 100).find([key(k) for k in range(10)])
    last = store(tmp_path, 100_000, FRESH_SECONDS + 200)
    assert len(last.find([key(k) for k in range(100)])) == 100, "the cap itself still fits"
    fresh = store(tmp_path, 100_000, 20)
    fresh.put("s", "s", [(key(900), value)])
    left = {k for k in range(1000) if fresh.find([key(k)])}
    assert sum(one.bytes for one in fresh.kept()) <= 90_000
    assert len(left) == 90


def test_recent_use_saves_an_answer(tmp_path: Path) -> None:
    value = b"x" * 850
    store(tmp_path, 50_000, 0).put("r", "r", [(key(k), value) for k in range(50)])
    store(tmp_path, 50_000, FRESH_SECONDS + 1).find([key(k) for k in range(5)])
    store(tmp_path, 50_000, FRESH_SECONDS + 2).put("r", "r", [(key(50), value)])
    left = store(tmp_path, 50_000, FRESH_SECONDS + 2).find([key(k) for k in range(51)])
    assert {key(k) for k in (*range(5), 50)} <= left.keys() and len(left) == 45


def test_the_file_stays_below_its_cap(tmp_path: Path) -> None:
    cap = 2_000_000
    made = store(tmp_path, cap)
    for batch in range(60):
        made.put("r", "r", [(exact_key(f"{batch}:{k}"), b"y" * (60 + k % 200)) for k in range(500)])
    made.close()
    assert 0.5 * cap < (tmp_path / NAME).stat().st_size <= cap * 1.1


def _write(folder: str, worker: int) -> None:
    made = Store(Path(folder) / NAME, 10**8)
    for batch in range(20):
        made.put(f"r{worker % 2}", "r", [(key(worker * 10_000 + batch * 50 + k), b"v") for k in range(50)])
        made.find([key(k) for k in range(200)])
    made.close()


def test_many_processes_make_and_fill_one_file(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("fork")
    workers = [spawn.Process(target=_write, args=(str(tmp_path), number)) for number in range(6)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)
    assert [one.exitcode for one in workers] == [0] * 6
    assert sorted(kept.entries for kept in store(tmp_path).kept()) == [3000, 3000]


def _write_until_killed(folder: str, log: str, cap: int) -> None:
    made = Store(Path(folder) / NAME, cap)
    with open(log, "ab", buffering=0) as acknowledged:
        for batch in range(1_000_000):
            own = [reply_key(f"{log}:{batch}:{k}", 0, 0) for k in range(40)]
            made.put("killed", "k", [(one, pack(f"reply {one.hex()}")) for one in own])
            acknowledged.write(own[-1] + own[0])


def _kill_while_another_writes(folder: Path, cap: int) -> Store:
    """A store to which we write all the while that five other writers, one after another, are killed in the middle."""
    made = store(folder, cap)
    ours = 0
    for number in range(5):
        log = folder / f"log {number}"
        writer = multiprocessing.get_context("fork").Process(target=_write_until_killed, args=(folder, log, cap))
        writer.start()
        until = time.monotonic() + 60
        while not (log.exists() and log.stat().st_size > 32 * (3 + 7 * number)) and time.monotonic() < until:
            ours += 1
            made.put("ours", "o", [(key(ours), pack(f"{ours}"))])
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join()
    made.put("ours", "o", [(key(ours + 1), pack(f"{ours + 1}"))])
    return made


def _sound(folder: Path) -> None:
    inside = sqlite3.connect(folder / NAME)
    assert inside.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    counted = inside.execute("SELECT respondent, count(*), sum(bytes) FROM answers GROUP BY respondent").fetchall()
    told = inside.execute("SELECT number, entries, bytes FROM respondents WHERE entries > 0").fetchall()
    assert sorted(counted) == sorted(told)
    assert all(isinstance(unpack(value), str) for (value,) in inside.execute("SELECT value FROM answers"))
    inside.close()


def test_a_killed_writer_takes_nothing_with_it(tmp_path: Path) -> None:
    made = _kill_while_another_writes(tmp_path, 10**8)
    _sound(tmp_path)
    kept = {one.id: one.entries for one in made.kept()}
    assert len(made.find([key(k) for k in range(1, kept["ours"] + 1)])) == kept["ours"] > 5
    for log in tmp_path.glob("log *"):
        whole = log.read_bytes()
        acknowledged = [whole[at : at + 16] for at in range(0, len(whole) - len(whole) % 16, 16)]
        assert len(acknowledged) > 6 and made.find(acknowledged).keys() == set(acknowledged)
    # a batch is there whole or not at all
    assert kept["killed"] % 40 == 0


def test_the_cap_holds_while_writers_are_killed(tmp_path: Path) -> None:
    cap = 60_000
    made = _kill_while_another_writes(tmp_path, cap)
    _sound(tmp_path)
    assert 0 < sum(one.bytes for one in made.kept()) <= cap


def test_a_damaged_or_foreign_file_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / NAME
    file.write_bytes(b"not a database at all" * 100)
    with pytest.raises(BadFile, match="delete it"):
        store(tmp_path)
    file.unlink()
    other = sqlite3.connect(file)
    other.execute("CREATE TABLE answers (a)")
    other.commit()
    other.close()
    before = file.read_bytes()
    with pytest.raises(BadFile, match="something else"):
        store(tmp_path)
    assert file.read_bytes() == before
    file.unlink()
    (tmp_path / "sub").write_text("a file")
    with pytest.raises(BadFile, match="no answer cache"):
        store(tmp_path / "sub")


def test_a_cache_of_another_version_is_left_alone(tmp_path: Path) -> None:
    store(tmp_path).close()
    other = sqlite3.connect(tmp_path / NAME)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(BadFile, match="another version"):
        store(tmp_path)


def test_place_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_file() is None
    monkeypatch.setenv("TAWAZUN_CACHE", str(tmp_path))
    assert cache_file() == tmp_path / NAME
    monkeypatch.delenv("TAWAZUN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "c"))
    monkeypatch.setattr("sys.platform", "linux")
    assert cache_file() == tmp_path / "c" / "tawazun" / NAME
    monkeypatch.delenv("TAWAZUN_CACHE_MB", raising=False)
    assert cache_cap() == 2_000_000_000 and cache_cap(0.5) == 500_000
    monkeypatch.setenv("TAWAZUN_CACHE_MB", "7")
    assert cache_cap() == 7_000_000
    for bad in ("-1", "much", "nan", "0"):
        monkeypatch.setenv("TAWAZUN_CACHE_MB", bad)
        with pytest.raises(UserError, match="megabytes"):
            cache_cap()
    assert math.isclose(cache_cap(1e3), 1e9)
