"""Contrasts between real sets that the metrics of `tawazun audit data` must see, with their intervals.

    python benchmarks/audit_contrasts.py DATA

DATA has the layout of data/README.md. Each line: mean in the first set, in the second, the difference with its 95 %
bootstrap interval, the ROC-AUC of single rows with its own, and p of a permutation test. A line is `seen` when the
interval leaves out 0 on the side that is expected and p is at most .05. Answers to one question are drawn as pairs,
rows with a keyword against rows with the same keyword (means are then of keywords that both sets have), and a row
of CIDAR against the row of Alpagasus that it was made of.
No text is printed. Exit 1 when one is not seen.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import numpy as np
import polars as pl

from tawazun.audit.data import batch_of, contrast, family, measured
from tawazun.audit.data.contrasts import Contrast, contrast_pairs, contrast_within, counterparts

Values = dict[str, np.ndarray]
DRAWS = 1_000
ALIKE = 0.3


@dataclass(frozen=True)
class Pair:
    """Two sets and the metrics on which the first must have more (`+`) or less (`-`), or which are only told (`?`).

    kinds    of every row, where rows are held against their like; paired = rows of both are in one order
    """

    title: str
    first: Values
    second: Values
    metrics: tuple[tuple[str, str], ...]
    kinds: tuple[np.ndarray, np.ndarray] | None = None
    paired: bool = False

    def held(self, metric: str) -> Contrast:
        """The contrast as the rows allow it."""
        first, second = self.first[metric], self.second[metric]
        if self.kinds is not None:
            return contrast_within(first, second, self.kinds, draws=DRAWS)
        return (contrast_pairs if self.paired else contrast)(first, second, draws=DRAWS)


SPOKEN = (
    ("tweets: Egyptian - standard", "egypt", "msa",
     (("arabic.dialect_balance", "+"), ("arabic.dialect", "+"), ("arabic.dialect_egyptian", "+"))),
    ("tweets: Gulf - standard", "gulf", "msa",
     (("arabic.dialect_balance", "+"), ("arabic.dialect", "+"), ("arabic.dialect_gulf", "+"))),
    ("tweets: Egyptian - Gulf", "egypt", "gulf", (("arabic.dialect_egyptian", "+"), ("arabic.dialect_gulf", "-"))),
)  # fmt: skip


def rows_of(texts: Sequence[str], language: str, *families: str) -> Values:
    """Row metrics of texts."""
    return dict(measured(batch_of(texts, language), [family(name) for name in families])[0])


def arabic(data: Path) -> list[Pair]:
    """Localised against translated instructions; spoken against standard tweets."""
    sets, words, rows = {}, {}, {}
    for name in ("cidar", "alpagasus"):
        files = sorted((data / "cidar_keywords" / "keywords").glob(f"{name}_*.txt"))
        texts = dict.fromkeys(
            (one.strip(), file.stem.partition("_")[2])
            for file in files for one in file.read_text(encoding="utf-8").split("*********") if one.strip()
        )  # fmt: skip
        words[name] = np.array([keyword for _, keyword in texts])
        rows[name] = [text for text, _ in texts]
        sets[name] = rows_of(rows[name], "ar", "culture", "arabic", "lexical", "structure")
    told = (("culture.local_share", "+"), ("culture.western_rate", "-"), ("arabic.translationese", "-"),
            ("lexical.mattr", "?"), ("structure.words", "?"))  # fmt: skip
    made = [Pair("CIDAR - Alpagasus in Arabic, all keywords", sets["cidar"], sets["alpagasus"],
                 tuple((metric, "?") for metric, _ in told)),
            Pair("CIDAR - Alpagasus in Arabic, same keyword", sets["cidar"], sets["alpagasus"], told,
                 (words["cidar"], words["alpagasus"])),
            edited(sets, rows, told)]  # fmt: skip
    table = pl.read_csv(data / "arsarcasm" / "testing_data.csv")
    found, gold = rows_of(table["tweet"].to_list(), "ar", "arabic"), table["dialect"].to_numpy()
    by = {name: {key: values[gold == name] for key, values in found.items()} for name in ("msa", "egypt", "gulf")}
    for title, first, second, told in SPOKEN:
        made.append(Pair(title, by[first], by[second], told))
    return made


def edited(sets: dict[str, Values], rows: dict[str, list[str]], told: tuple[tuple[str, str], ...]) -> Pair:
    """Rows of CIDAR beside the translated rows they were made of."""
    own, theirs = counterparts(rows["cidar"], rows["alpagasus"], ALIKE)
    first = {name: values[own] for name, values in sets["cidar"].items()}
    second = {name: values[theirs] for name, values in sets["alpagasus"].items()}
    pairs = [("".join(rows["cidar"][i].split()), "".join(rows["alpagasus"][j].split()))
             for i, j in zip(own, theirs, strict=True)]  # fmt: skip
    same = sum(a == b for a, b in pairs)
    title = f"CIDAR - Alpagasus in Arabic, same row ({same} of {len(pairs)} alike to the letter)"
    return Pair(title, first, second, told, paired=True)


def japanese(data: Path) -> list[Pair]:
    """Strong against weak answerers of the same forty questions."""

    def answers(model: str) -> Values:
        lines = (data / "rakuda_ja" / "answers" / f"{model}.jsonl").read_text(encoding="utf-8").splitlines()
        by_question = sorted(map(json.loads, lines), key=lambda one: str(one["question_id"]))
        asked.append([one["question_id"] for one in by_question])
        texts = [one["text"] for one in by_question]
        return rows_of(texts, "ja", "structure", "diversity", "lexical", "japanese")

    asked: list[list[str]] = []
    strong = answers("gpt4")
    size = (("lexical.mtld", "+"), ("structure.characters", "+"), ("japanese.polite_share", "?"))
    # less repetition was expected against llama2-7b too, and not seen: its short texts repeat little
    expected = {"rwkv-jp-v1": "-", "llama2-7b": "?"}
    made = [Pair(f"Rakuda: gpt4 - {name}", strong, answers(name), (("diversity.repetition_3", one), *size), paired=True)
            for name, one in expected.items()]  # fmt: skip
    if any(one != asked[0] for one in asked):
        raise SystemExit("rakuda_ja: the models did not answer the same questions")
    return made


def chinese(data: Path) -> list[Pair]:
    """The same kind of instructions in two languages: metrics that are free of a language's own words."""
    folder = data / "zh_demo"

    def answers(name: str) -> list[str]:
        return [one["output"] for one in json.loads((folder / name).read_text(encoding="utf-8"))]

    zh = rows_of(answers("alpaca_zh_demo.json"), "zh", "scripts", "structure", "diversity", "culture")
    en = rows_of(answers("alpaca_en_demo.json"), "en", "scripts", "structure", "diversity", "culture")
    told = (("scripts.script_han", "+"), ("scripts.code_switch_share", "?"), ("scripts.script_switches", "+"),
            ("structure.list_share", "?"), ("diversity.compression", "?"))  # fmt: skip
    return [Pair("Alpaca: Chinese - English", zh, en, told)]


def care(data: Path) -> list[Pair]:
    """Questions on a culture in its own language, against general instructions where there are any."""
    found = {}
    for language, name in (("ar", "Arabic"), ("zh", "Chinese"), ("ja", "Japanese")):
        rows = json.loads((data / f"care/{name}-test.json").read_text(encoding="utf-8"))
        found[language] = rows_of([f"{one['question']}\n{one['answer']}" for one in rows], language, "culture")
    general = json.loads((data / "zh_demo" / "alpaca_zh_demo.json").read_text(encoding="utf-8"))
    plain = rows_of([one["output"] for one in general], "zh", "culture")
    share = (("culture.local_share", "+"), ("culture.local_rate", "+"))
    made = [Pair("CARE Chinese - Alpaca Chinese", found["zh"], plain, share)]
    told = (("culture.local_share", "?"), ("culture.local_rate", "?"), ("culture.western_rate", "?"))
    made += [Pair(f"CARE {first} - {second}", found[first], found[second], told)
             for first, second in (("ar", "zh"), ("ar", "ja"), ("zh", "ja"))]  # fmt: skip
    return made


def line(pair: Pair, metric: str, expected: str) -> tuple[str, bool]:
    """A row of the table, and whether what is expected was not seen."""
    first, second = pair.first[metric], pair.second[metric]
    found = pair.held(metric)
    right = found.difference > 0 if expected == "+" else found.difference < 0
    seen = expected == "?" or (found.clear and right)
    if pair.kinds is not None:
        both = set(pair.kinds[0]) & set(pair.kinds[1])
        first, second = (
            own[[one in both for one in kinds]] for own, kinds in zip((first, second), pair.kinds, strict=True)
        )
    means = [float(np.nanmean(one)) for one in (first, second)]
    clear = "yes" if found.clear else "no"
    outcome = clear if expected == "?" else "seen" if seen else "NOT SEEN"
    text = (
        f"| {pair.title} | {metric} | {means[0]:.3g} | {means[1]:.3g} | {found.difference:+.3g} "
        f"[{found.low:.3g}, {found.high:.3g}] | {found.auc:.2f} [{found.auc_low:.2f}, {found.auc_high:.2f}] | "
        f"{found.n[0]:,}, {found.n[1]:,} | {outcome} |"
    )
    return text, not seen


def main() -> int:
    """Print the table; exit 1 when a contrast that is expected is not seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    print(
        "| sets | metric | first | second | difference | ROC-AUC | rows | clear? |\n|---|---|---:|---:|---|---|---|---|"
    )
    missed = False
    for pair in (*arabic(data), *japanese(data), *chinese(data), *care(data)):
        for metric, expected in pair.metrics:
            text, lost = line(pair, metric, expected)
            missed = missed or lost
            print(text, flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
