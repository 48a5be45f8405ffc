"""Scripts: which are used, and how often a text changes between them."""

import numpy as np

from tawazun.audit.data.batches import Batch
from tawazun.audit.data.characters import SCRIPTS
from tawazun.audit.data.languages import SCRIPT_OF
from tawazun.audit.data.records import Family, Metric, Values, no_shard, per

JAPANESE = ("Han", "Hiragana", "Katakana")


def rows(batch: Batch) -> Values:
    """Shares of scripts in every text."""
    found = batch.characters
    letters = found.letters
    own = SCRIPT_OF.get(batch.primary, ())
    expected = found.count(*own) if own else found.counts[:, : len(SCRIPTS)].max(axis=1)
    shares = per(found.counts[:, : len(SCRIPTS)].T, np.broadcast_to(letters, (len(SCRIPTS), len(letters))))
    sizes = np.where(shares > 0, shares, 1.0)
    return {
        **{f"script_{name.lower()}": shares[i] for i, name in enumerate(SCRIPTS)},
        "code_switch_share": per(letters - expected, letters),
        "script_switches": per(switches(batch), letters, 100),
        "script_entropy": np.where(letters > 0, -(sizes * np.log2(sizes)).sum(axis=0), np.nan),
        "bidi_rate": per(found.count("bidi"), np.diff(found.starts), 1000),
    }


def switches(batch: Batch) -> np.ndarray:
    """Letters whose script is another than that of the letter before. Kanji and kana count as one. Shapes: (R,)."""
    found = batch.characters
    merged = np.arange(len(SCRIPTS), dtype=np.uint8)
    merged[[SCRIPTS.index(name) for name in JAPANESE]] = SCRIPTS.index("Han")
    kinds = merged[found.kinds[found.kinds < len(SCRIPTS)]]
    changed = np.flatnonzero(kinds[1:] != kinds[:-1]) + 1
    starts = np.concatenate(([0], np.cumsum(found.letters)))
    # the first letter of a text follows on none
    inside = changed[~np.isin(changed, starts)]
    return np.diff(np.searchsorted(inside, starts))


FREE = "free of length in the mean"
FAMILY = Family(
    "scripts",
    "which scripts are used, and changes between them",
    (
        *(
            Metric(
                f"script_{name.lower()}", "row", "share of letters", f"{name} letters / letters", "Unicode blocks", FREE
            )
            for name in SCRIPTS
        ),
        Metric(
            "code_switch_share",
            "row",
            "share of letters",
            "letters of another script than the language's / letters",
            "own; only switches that change script are seen",
            FREE,
        ),
        Metric(
            "script_switches", "row", "per 100 letters", "letters of another script than the letter before", "own", FREE
        ),
        Metric(
            "script_entropy", "row", "bits", "-sum p log2 p over scripts", "Shannon 1948", "rises slightly with length"
        ),
        Metric(
            "bidi_rate",
            "row",
            "per 1,000 characters",
            "marks that turn the direction of writing",
            "Unicode UAX 9",
            FREE,
        ),
    ),
    rows,
    no_shard,
)
