"""How well planted paraphrases of evaluation items are found, how often clean text is accused, and how fast.

    python benchmarks/contamination.py DATA

Needles: atlas, vsm13, cultural_map, acva and exams_arabic in all their wordings. Paraphrases: stems with a share of
their words left out, replaced by a word of clean text or swapped with the next, and a word put in here and there.
Rewordings: English wordings w5 of atlas, when only w1 to w4 are looked for. Clean text: English and Chinese
instructions (zh_demo), CIDAR's Arabic (cidar_keywords), Arabic tweets (arsarcasm).
"""

import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tawazun.adapt.contamination import Haystack, Needle, check_corpus, evaluation_instruments, needles_of
from tawazun.adapt.corpora.records import Document
from tawazun.seeds import stream

NAMES = ("atlas", "vsm13", "cultural_map", "acva", "exams_arabic")


def clean_texts(data: Path) -> dict[str, list[str]]:
    """Texts by where they come from, which hold no item."""
    rows = {name: json.loads((data / "zh_demo" / f"alpaca_{name}_demo.json").read_text()) for name in ("en", "zh")}
    found = {
        f"instructions {k}": [f"{r['instruction']}\n{r['input']}\n{r['output']}" for r in v] for k, v in rows.items()
    }
    files = sorted((data / "cidar_keywords" / "keywords").glob("*.txt"))
    found["cidar ar"] = [part for file in files for part in file.read_text().split("*********") if part.strip()]
    with (data / "arsarcasm" / "testing_data.csv").open() as file:
        found["tweets ar"] = [next(iter(row.values())) for row in csv.DictReader(file)]
    return found


def reworded(text: str, share: float, others: list[str], *seed: object) -> str:
    """A paraphrase in which `share` of the words are touched."""
    draw, words = stream("paraphrase", *seed), text.split()
    for i in range(len(words)):
        if draw.random() < share:
            fate = draw.integers(4)
            other = others[draw.integers(len(others))]
            if fate == 0:
                words[i] = ""
            elif fate == 1:
                words[i] = other
            elif fate == 2 and i + 1 < len(words):
                words[i], words[i + 1] = words[i + 1], words[i]
            else:
                words[i] = f"{words[i]} {other}"
    return " ".join(words)


def main(data: Path) -> None:
    """Print one line a threshold, then what is accused in clean text, then the speed."""
    needles, short = needles_of(evaluation_instruments(NAMES, data, data))
    clean = clean_texts(data)
    plain = [text for texts in clean.values() for text in texts]
    print(f"{len(needles):,} texts looked for, {len(short)} items too short")
    stems = [n for n in needles if n.part == "stem" and not n.options]
    picked = [stems[i] for i in stream("picked").permutation(len(stems))[:600]]
    others = " ".join(plain[:400]).split()
    w5 = [n for n in needles if n.item.startswith("atlas:") and n.wording == "w5"]
    for threshold in (0.5, 0.6, 0.7, 0.8):
        haystack = Haystack(needles, threshold)
        line = [f"threshold {threshold}"]
        for share in (0.1, 0.2, 0.3, 0.5):
            edits = [reworded(n.text, share, others, i, share) for i, n in enumerate(picked)]
            texts = [f"{plain[i]}\n{edit}\n{plain[-i]}" for i, edit in enumerate(edits)]
            line.append(f"{share:.0%}: {found_share(haystack, picked, texts):.3f}")
        unseen = Haystack([n for n in needles if n.wording != "w5"], threshold)
        line.append(f"w5: {found_share(unseen, w5, [n.text for n in w5]):.3f}")
        for name, texts in clean.items():
            found = check_corpus([Document(name, name, i, t) for i, t in enumerate(texts)], haystack)
            line.append(f"{name} {len({leak.row for leak in found.leaks})}/{len(texts)}")
        print(" · ".join(line))
    haystack = Haystack(needles)
    for name, texts in clean.items():
        found = check_corpus([Document(name, name, i, t) for i, t in enumerate(texts * 4)], haystack)
        print(f"{name}: {found.speed:.1f} MB/s over {found.megabytes:.1f} MB")


def found_share(haystack: Haystack, planted: Sequence[Needle], texts: Sequence[str]) -> float:
    """Share of texts in which the planted item was found."""
    found = {(hit.row, hit.needle.item) for hit in haystack.search(texts)}
    return float(np.mean([(i, one.item) in found for i, one in enumerate(planted)]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
