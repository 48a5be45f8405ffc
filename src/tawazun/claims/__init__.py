"""Claims: sentences about finished runs become tests, and come back supported, refuted or undecided."""

from tawazun.claims.deciding import decide
from tawazun.claims.files import claim_from, claim_kinds, find_kind, load_claim
from tawazun.claims.gathering import Gathered, Part, gather, read_part
from tawazun.claims.records import ClaimKeys, Finding, Kind, Need

__all__ = [
    "ClaimKeys",
    "Finding",
    "Gathered",
    "Kind",
    "Need",
    "Part",
    "claim_from",
    "claim_kinds",
    "decide",
    "find_kind",
    "gather",
    "load_claim",
    "read_part",
]
