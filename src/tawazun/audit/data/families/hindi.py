"""Hindi: Devanagari and Latin letters side by side, Hindi in Latin letters, Sanskrit and Persian words."""

import numpy as np

from tawazun.audit.data.batches import Batch
from tawazun.audit.data.lexicon import hits
from tawazun.audit.data.lists import listed
from tawazun.audit.data.records import Family, Metric, Values, no_shard, per

CUES = listed("registers_hi")


def rows(batch: Batch) -> Values:
    """Mixing of scripts and registers in every text."""
    found = batch.characters
    words = batch.words
    latin, own = found.count("Latin"), found.count("Devanagari")
    counts = hits(words, CUES)
    learned = counts[:, 2] + counts[:, 3]
    return {
        "latin_share": per(latin, latin + own),
        "mixed": np.where(latin + own > 0, ((latin > 0) & (own > 0)).astype(float), np.nan),
        "romanised": per(counts[:, 0], words.lengths, 100),
        "english_loans": per(counts[:, 1], words.lengths, 100),
        "sanskrit_share": per(counts[:, 3], learned),
    }


FREE = "free of length in the mean"
OWN = "own list; cues, not a classifier"
FAMILY = Family(
    "hindi",
    "Devanagari and Latin, registers",
    (
        Metric("latin_share", "row", "share of letters", "Latin / (Latin + Devanagari) letters", "own", FREE),
        Metric("mixed", "row", "0 or 1", "whether both scripts occur", "own", "rises with length"),
        Metric("romanised", "row", "per 100 words", "Hindi words in Latin letters / words", OWN, FREE),
        Metric("english_loans", "row", "per 100 words", "English words in Devanagari / words", OWN, FREE),
        Metric(
            "sanskrit_share",
            "row",
            "share of cues",
            "Sanskrit words / (Sanskrit + Persian words)",
            OWN,
            "none in texts without either",
        ),
    ),
    rows,
    no_shard,
    ("hi",),
)
