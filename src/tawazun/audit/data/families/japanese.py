"""Japanese: kana, kanji and politeness."""

import numpy as np

from tawazun.audit.data.batches import Batch
from tawazun.audit.data.families.structure import sentence_counts
from tawazun.audit.data.lexicon import substring_hits
from tawazun.audit.data.lists import translated
from tawazun.audit.data.records import Family, Metric, Values, no_shard, per

POLITE = r"(?:です|ます|でした|ました|ません|でしょう|ましょう|ください|ございます)"
# した of ました and でした is polite
PLAIN_END = r"(?:だ|である|だった|であった|ない|[^まで]した|する|いる|ある|なる|れる|った)[。！？\n]"
HUMBLE = (
    r"(?:いただ[きくけい]|いたし|致し|おります|申し上げ|伺い|拝[見読聞]|なさい?ます|いらっしゃ|おっしゃ|ご覧|お召し"
    r"|でございます)"
)


def rows(batch: Batch) -> Values:
    """Letters and forms of every text."""
    found = batch.characters
    letters = found.letters
    sentences = sentence_counts(found)
    polite = batch.series.str.count_matches(POLITE).to_numpy().astype(float)
    plain = (batch.series + "\n").str.count_matches(PLAIN_END).to_numpy().astype(float)
    return {
        "kanji_share": per(found.count("Han"), letters),
        "hiragana_share": per(found.count("Hiragana"), letters),
        "katakana_share": per(found.count("Katakana"), letters),
        "politeness": per(polite, sentences),
        "polite_share": per(polite, polite + plain),
        "honorifics": per(batch.series.str.count_matches(HUMBLE).to_numpy(), sentences),
        "translationese": per(substring_hits(batch.series, translated("ja"))[:, 0], np.diff(found.starts), 1000),
    }


FREE = "free of length in the mean"
OWN = "own list; cues, not a classifier"
FAMILY = Family(
    "japanese",
    "kana, kanji and politeness",
    (
        Metric("kanji_share", "row", "share of letters", "kanji / letters", "own", FREE),
        Metric("hiragana_share", "row", "share of letters", "hiragana / letters", "own", FREE),
        Metric("katakana_share", "row", "share of letters", "katakana / letters", "own", FREE),
        Metric("politeness", "row", "per sentence", "desu and masu forms / sentences", OWN, FREE),
        Metric(
            "polite_share",
            "row",
            "share of forms",
            "polite forms / (polite forms + plain ends of sentences)",
            OWN,
            FREE,
        ),
        Metric("honorifics", "row", "per sentence", "respectful and humble forms / sentences", OWN, FREE),
        Metric(
            "translationese", "row", "per 1,000 characters", "wordings that translations favour / characters", OWN, FREE
        ),
    ),
    rows,
    no_shard,
    ("ja",),
)
