"""What the metrics of `tawazun audit data` cost on one core, in MB of UTF-8 text per CPU-second.

Asserts first that values equal lexicalrichness on the same words, then times both on them, and every set of families on
generated text of four scripts. Reading is timed apart: JSONL from disk through shapes and identification of languages.

    python benchmarks/audit.py [--size MB]
    python benchmarks/audit.py --memory GB

`--memory` streams a generated set of a tenth of that size, then of all of it, through the surface metrics and prints
the peak of memory after each.
"""

import argparse
import json
import os
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np

from tawazun.audit.data import Choice, Raw, audit_rows, batch_of, family, measured, read_files
from tawazun.audit.data.richness import hdd, mattr, mtld, yules_k
from tawazun.audit.data.segmenters import segmented
from tawazun.audit.data.words import Words

SURFACE, WHOLE = ("structure", "scripts"), ("lexical", "diversity")
BARS = {"surface": 20.0, "whole": 3.0, "segmented": 0.5}
ROUNDS = 3
LETTERS = {
    "en": "etaoinshrdlucmfwypvbgk", "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "hi": "कखगघचछजझटठडढतथदधनपफबभमयरलवशसह",
    "zh": "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分",
    "ja": "のにはをたがでてとしれさいるからこなだまりもっあそよう日本人大学年時間国会社東京",
}  # fmt: skip


def rows_of(language: str, size: float, seed: int = 1) -> list[str]:
    """Rows of about 1 kB over 20,000 words drawn by Zipf's law, `size` MB in all."""
    draw = random.Random(seed)
    letters = LETTERS[language]
    known = chinese_words() if language == "zh" else []
    known = known or ["".join(draw.choices(letters, k=draw.randint(2, 8))) for _ in range(20_000)]
    weights = np.cumsum([1 / (i + 1) for i in range(len(known))]).tolist()
    join, stop = ("", "。") if language in ("zh", "ja") else (" ", ". ")
    made, total = [], 0
    while total < size * 1e6:
        sentences = [join.join(draw.choices(known, cum_weights=weights, k=12)) for _ in range(10)]
        made.append(stop.join(sentences) + stop)
        total += len(made[-1].encode())
    return made


def chinese_words() -> list[str]:
    """The commonest words of jieba's dictionary: invented ones would all be unknown to it, as no real text is."""
    try:
        import jieba
    except ImportError:
        return []
    jieba.setLogLevel("WARNING")
    jieba.initialize()
    return sorted(jieba.dt.FREQ, key=lambda word: (-jieba.dt.FREQ[word], word))[:20_000]


def spent_on(work: Callable[[], object]) -> float:
    """CPU-seconds, the median of a few rounds."""
    spent = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return median(spent)


def speed(texts: Sequence[str], language: str, families: Sequence[str], shard: int = 1000) -> float:
    """MB per CPU-second of everything from texts to metrics."""
    chosen = [family(name) for name in families]
    measured(batch_of(texts[:20], language), chosen)

    def work() -> None:
        for start in range(0, len(texts), shard):
            measured(batch_of(texts[start : start + shard], language), chosen)

    return sum(len(text.encode()) for text in texts) / 1e6 / spent_on(work)


def beside_lexicalrichness(texts: Sequence[str]) -> bool:
    """Equality first, then CPU-seconds of one run of each from texts to values; whether a bar is missed.

    `words` is what every metric needs: ours cuts, numbers and sorts them, theirs cuts them with the same expression.
    """
    from lexicalrichness import LexicalRichness

    def prepared() -> Words:
        words = segmented(texts, "en")
        # kept in the record, and used by the metrics below
        assert len(words.previous) and len(words.types)
        return words

    def cut() -> list[LexicalRichness]:
        return [LexicalRichness(text, preprocessor=str.lower, tokenizer=re.compile(r"\w+").findall) for text in texts]

    words, theirs = prepared(), cut()
    own = {"mattr": mattr, "mtld": mtld, "hdd": hdd, "yules_k": yules_k}
    ask: dict[str, Callable[[LexicalRichness], float]] = {
        "mattr": lambda one: one.mattr(window_size=50), "mtld": lambda one: one.mtld(),
        "hdd": lambda one: one.hdd(draws=42), "yules_k": lambda one: one.yulek,
    }  # fmt: skip
    spent = {"words": (spent_on(prepared), spent_on(cut))}
    for name, metric in own.items():
        if not np.allclose(metric(words), [ask[name](one) for one in theirs], rtol=1e-9):
            print(f"{name}: values differ", file=sys.stderr)
            return True
        spent[name] = (spent_on(partial(metric, words)), spent_on(lambda name=name: [ask[name](one) for one in theirs]))  # type: ignore[misc]
    spent["total"] = (sum(ours for ours, _ in spent.values()), sum(before for _, before in spent.values()))
    print(f"{'metric':<10} {'ours, s':>9} {'theirs, s':>10} {'times':>7}")
    for name, (ours, before) in spent.items():
        print(f"{name:<10} {ours:>9.4f} {before:>10.4f} {before / ours:>7.1f}")
    times = {name: before / ours for name, (ours, before) in spent.items() if name != "words"}
    return min(times.values()) < 1 or times["hdd"] < 5 or times["total"] < 5


def tables(size: float) -> bool:
    """MB per CPU-second by language and set of families; whether a bar is missed."""
    missed = False
    print(f"\n{'text':<6} {'families':<20} {'MB per CPU-s':>13} {'bar':>6}")
    for language in ("en", "ar", "hi", "zh", "ja"):
        dense = language in ("zh", "ja")
        texts = rows_of(language, size / 4 if dense else size)
        for families, bar in ((SURFACE, BARS["surface"]), (WHOLE, BARS["segmented" if dense else "whole"])):
            found = speed(texts, language, families)
            missed = missed or found < bar
            print(f"{language:<6} {'+'.join(families):<20} {found:>13.2f} {bar:>6}", flush=True)
        print(f"{'':<6} words by {segmented(texts[:1], language).segmenter}")
    return missed


def reading(size: float) -> None:
    """MB per CPU-second of reading JSONL, and of a whole audit, with and without identifying languages."""
    texts = rows_of("en", size)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "set.jsonl"
        lines = (json.dumps({"instruction": text[:200], "output": text[200:]}) for text in texts)
        path.write_text("\n".join(lines), encoding="utf-8")
        mb = path.stat().st_size / 1e6
        print(f"\nreading JSONL: {mb / spent_on(lambda: sum(1 for _ in read_files(path))):.1f} MB per CPU-s")
        for name, choice in (
            ("surface, language given", Choice(language="en", families=SURFACE)),
            ("surface, language identified", Choice(families=SURFACE)),
            ("all families", Choice(language="en")),
        ):
            spent = spent_on(lambda choice=choice: audit_rows(read_files(path), choice))  # type: ignore[misc]
            print(f"audit, {name}: {mb / spent:.1f} MB per CPU-s", flush=True)


def memory(gigabytes: float) -> None:
    """Peak memory of streaming a generated set, at a tenth of its size and at all of it."""
    texts = rows_of("en", 20)

    def stream(total: float) -> Iterator[Raw]:
        done, number = 0, 0
        while done < total:
            text = f"{number} {texts[number % len(texts)]}"
            done += len(text)
            number += 1
            yield Raw("generated", number, {"text": text})

    for share in (0.1, 1.0):
        start = time.process_time()
        done = audit_rows(stream(share * gigabytes * 1e9), Choice(language="en", families=SURFACE))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        spent = time.process_time() - start
        print(f"{share * gigabytes:.2f} GB: {done.rows:,} rows, {spent:.0f} CPU-s, peak {peak:.0f} MB", flush=True)


def main() -> int:
    """Print the tables; exit 1 when a value differs or a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=float, default=4.0, help="MB of generated text")
    parser.add_argument("--memory", type=float, default=0.0, help="GB to stream")
    given = parser.parse_args()
    if given.memory:
        memory(given.memory)
        return 0
    missed = beside_lexicalrichness(rows_of("en", given.size / 8))
    missed = tables(given.size) or missed
    reading(given.size)
    print("a bar is missed" if missed else "every bar is met")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
