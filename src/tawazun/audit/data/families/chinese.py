"""Chinese: entropy of characters, four-character idioms, simplified and traditional."""

from collections.abc import Mapping

import numpy as np

from tawazun.audit.data.batches import Batch
from tawazun.audit.data.characters import CODE
from tawazun.audit.data.lexicon import substring_hits
from tawazun.audit.data.lists import listed, translated
from tawazun.audit.data.records import Family, Metric, Values, per

POOL = 10_000
# pairs that differ between the two scripts, position by position, among the commonest characters
SIMPLE = (
    "国会时来们对过说为个这开关见长学实现发经话问还进间样总体无与从将应车东门马鱼鸟"
    "语书气电爱义网级组织认识让议论设证词译试该详请读调谁护报边达运选远连适"
)
TRADITIONAL = (
    "國會時來們對過說為個這開關見長學實現發經話問還進間樣總體無與從將應車東門馬魚鳥"
    "語書氣電愛義網級組織認識讓議論設證詞譯試該詳請讀調誰護報邊達運選遠連適"
)


def rows(batch: Batch) -> Values:
    """Characters, idioms and script of every text."""
    found = batch.characters
    han = found.count("Han")
    simple = found.per_row(np.isin(found.points, _points(SIMPLE)))
    traditional = found.per_row(np.isin(found.points, _points(TRADITIONAL)))
    return {
        "character_entropy": _entropies(batch),
        "idioms": per(substring_hits(batch.series, listed("idioms_zh"))[:, 0], han, 1000),
        "traditional_share": per(traditional, simple + traditional),
        "translationese": per(substring_hits(batch.series, translated("zh"))[:, 0], han, 1000),
    }


def shard(batch: Batch) -> Mapping[str, float]:
    """Entropy of the first 10,000 Chinese characters of a shard together."""
    found = batch.characters
    points = found.points[found.kinds == CODE["Han"]][:POOL]
    if len(points) < POOL:
        return {"pool_character_entropy": float("nan")}
    return {"pool_character_entropy": entropy(np.unique(points, return_counts=True)[1])}


def entropy(counts: np.ndarray) -> float:
    """Entropy of counts, in bits."""
    shares = counts / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def _entropies(batch: Batch) -> np.ndarray:
    found = batch.characters
    at = np.flatnonzero(found.kinds == CODE["Han"])
    rows = np.searchsorted(found.starts, at, side="right") - 1
    keys, counts = np.unique(rows.astype(np.int64) << 24 | found.points[at], return_counts=True)
    own = keys >> 24
    total = np.bincount(own, weights=counts, minlength=len(batch.samples))
    spread = np.bincount(own, weights=counts * np.log2(counts), minlength=len(batch.samples))
    return np.log2(np.where(total > 0, total, np.nan)) - per(spread, total)


def _points(letters: str) -> np.ndarray:
    return np.array([ord(letter) for letter in letters], dtype=np.uint32)


FREE = "free of length in the mean"
OWN = "own list; cues, not a classifier"
FAMILY = Family(
    "chinese",
    "characters, idioms, simplified and traditional",
    (
        Metric(
            "character_entropy",
            "row",
            "bits",
            "-sum p log2 p over Chinese characters",
            "Shannon 1948",
            "rises with length",
        ),
        Metric(
            "idioms",
            "row",
            "per 1,000 characters",
            "four-character idioms of a list of 164 / Chinese characters",
            "own list; a fraction of all idioms",
            FREE,
        ),
        Metric(
            "traditional_share",
            "row",
            "share",
            "traditional / (traditional + simplified) of 74 frequent pairs",
            "own",
            FREE,
        ),
        Metric(
            "translationese",
            "row",
            "per 1,000 characters",
            "wordings that translations favour / Chinese characters",
            OWN,
            FREE,
        ),
        Metric(
            "pool_character_entropy",
            "shard",
            "bits",
            "-sum p log2 p over the first 10,000 Chinese characters",
            "Shannon 1948",
            "over equally many characters; none in a smaller shard",
        ),
    ),
    rows,
    shard,
    ("zh",),
)
