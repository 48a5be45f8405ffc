"""Words that give the answer away: of statements, or of right options against wrong ones."""

from collections import Counter, defaultdict

import numpy as np
from scipy.stats import binomtest

from tawazun.audit.records import Check, Finding, Outcome, found, not_applicable
from tawazun.audit.sheet import Item, Sheet, words
from tawazun.stats.permutation import holm

FEWEST = 20
APART = 0.15
FOLDS = 5


def run(sheet: Sheet) -> Outcome:
    """Words whose items have another key than the rest, and how far words alone predict keys that were held out."""
    keyed = sheet.keyed
    if len(keyed) < 2 * FEWEST:
        return not_applicable(f"fewer than {2 * FEWEST} items with a key")
    return _statements(sheet, keyed) if sheet.fixed else _options(keyed)


def _statements(sheet: Sheet, keyed: tuple[Item, ...]) -> Outcome:
    """Two or more fixed labels: share of the commonest label among items with a word, against all items."""
    commonest = Counter(one.right for one in keyed).most_common(1)[0][0]
    label = keyed[0].options[commonest]
    right = np.array([one.right == commonest for one in keyed])
    having: dict[str, list[int]] = defaultdict(list)
    for i, one in enumerate(keyed):
        for word in set(words(one.stem)):
            having[word].append(i)
    tested = {word: rows for word, rows in having.items() if len(rows) >= FEWEST}
    base = float(right.mean())
    shares = {word: float(right[rows].mean()) for word, rows in tested.items()}
    raw = [binomtest(int(right[rows].sum()), len(rows), base).pvalue for rows in tested.values()]
    p = holm(raw).tolist() if raw else []
    findings = [
        Finding(
            "cue",
            "warning",
            tuple(keyed[i].id for i in tested[word]),
            f"“{word}”: {label} is right for {shares[word]:.1%} of {len(tested[word])} items, {base:.1%} of all",
            f"binomial test over {len(tested)} words, Holm p = {value:.2g}",
            shares[word],
        )
        for word, value in zip(tested, p, strict=True)
        if value < 0.05 and abs(shares[word] - base) >= APART
    ]
    findings.sort(key=lambda one: -len(one.items) * abs((one.value or 0) - base))
    strength = _predicted(keyed)
    return found(
        f"{len(findings)} words change the share of {label} by {APART:.0%} or more; words alone predict {strength:.1%} "
        f"of held-out keys, the commonest label {max(base, 1 - base):.1%}",
        findings,
        base=base,
        predicted=strength,
        words=len(tested),
    )


def _predicted(keyed: tuple[Item, ...]) -> float:
    """Share of keys that a naive Bayes classifier over words predicts; duplicates stay in one fold."""
    fold_of: dict[str, int] = {}
    folds = np.array([fold_of.setdefault(one.stem, len(fold_of) % FOLDS) for one in keyed])
    bags = [Counter(words(one.stem)) for one in keyed]
    classes = sorted({one.right for one in keyed})
    hits = 0
    for fold in range(FOLDS):
        counts = {c: Counter[str]() for c in classes}
        prior = Counter(one.right for one, own in zip(keyed, folds, strict=True) if own != fold)
        for one, bag, own in zip(keyed, bags, folds, strict=True):
            if own != fold:
                counts[one.right].update(bag.keys())
        for one, bag, own in zip(keyed, bags, folds, strict=True):
            if own == fold:
                scores = {
                    c: np.log(prior[c] + 1) + sum(np.log((counts[c][word] + 1) / (prior[c] + 2)) for word in bag)
                    for c in classes
                }
                hits += max(scores, key=lambda c: scores[c]) == one.right
    return hits / len(keyed)


def _options(keyed: tuple[Item, ...]) -> Outcome:
    """Own options: how often an option with a word is the right one, and whether length tells."""
    chance = float(np.mean([1 / len(one.options) for one in keyed]))
    having: dict[str, list[tuple[str, bool, float]]] = defaultdict(list)
    for one in keyed:
        for at, option in enumerate(one.options):
            for word in set(words(option)):
                having[word].append((one.id, at == one.right, 1 / len(one.options)))
    tested = {word: rows for word, rows in having.items() if len(rows) >= FEWEST}
    raw = [
        binomtest(sum(hit for _, hit, _ in rows), len(rows), float(np.mean([c for *_, c in rows]))).pvalue
        for rows in tested.values()
    ]
    findings = []
    for (word, rows), value in zip(tested.items(), holm(raw) if raw else [], strict=True):
        share, expected = np.mean([hit for _, hit, _ in rows]), np.mean([c for *_, c in rows])
        if value < 0.05 and abs(share - expected) >= APART:
            text = f"options with “{word}” are right in {share:.0%} of {len(rows)} cases, {expected:.0%} by chance"
            ids = tuple(dict.fromkeys(item for item, *_ in rows))
            findings.append(
                Finding(
                    "cue",
                    "warning",
                    ids,
                    text,
                    f"binomial test over {len(tested)} words, Holm p = {value:.2g}",
                    float(share),
                )
            )
    longest = np.array([_longest(one) for one in keyed])
    p = binomtest(round(float(longest.sum())), len(keyed), chance).pvalue
    if p < 0.001 and longest.mean() - chance >= 0.05:
        text = f"the longest option is right in {longest.mean():.1%} of items, {chance:.1%} by chance"
        findings.append(
            Finding("length-cue", "warning", (), text, f"binomial test, p = {p:.2g}", float(longest.mean()))
        )
    return found(
        f"{len(findings)} cues; the longest option is right in {longest.mean():.1%} of items, {chance:.1%} by chance",
        findings,
        longest=float(longest.mean()),
        chance=chance,
        words=len(tested),
    )


def _longest(one: Item) -> float:
    lengths = [len(option) for option in one.options]
    top = [at for at, length in enumerate(lengths) if length == max(lengths)]
    return 1 / len(top) if one.right in top else 0.0


CHECK = Check("cues", "words and lengths that give the answer away", run)
