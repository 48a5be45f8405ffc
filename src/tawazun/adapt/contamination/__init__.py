"""Items of evaluation instruments that stand in a training corpus: found before training, named, and refused."""

from tawazun.adapt.contamination.checking import Contamination, Leak, check_corpus, refuse_leaks
from tawazun.adapt.contamination.haystack import PARAPHRASE, Haystack
from tawazun.adapt.contamination.needles import Needle, evaluation_instruments, needles_of

__all__ = [
    "PARAPHRASE",
    "Contamination",
    "Haystack",
    "Leak",
    "Needle",
    "check_corpus",
    "evaluation_instruments",
    "needles_of",
    "refuse_leaks",
]
