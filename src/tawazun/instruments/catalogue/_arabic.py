"""What the Arabic benchmarks share: our own layouts, names of countries in Arabic, and a canonical place for a key."""

from collections.abc import Sequence

from tawazun.instruments.exams import Template
from tawazun.seeds import digest

PLAIN = Template("w1", "ar")
REASONED = Template("cot", "ar", reasons=True)
BARE = ("text", "cloze")

LIGHTEVAL = "lighteval, multilingual/tasks/arabic.py (Open Arabic LLM Leaderboard)"
HARNESS = "lm-evaluation-harness"
ARALLAMA = "arXiv 2412.12310 (AraLLaMA), Table 3, zero-shot chat models, generation"

PLACES = {
    "Algeria": "الجزائر",
    "Egypt": "مصر",
    "Jordan": "الأردن",
    "KSA": "السعودية",
    "Lebanon": "لبنان",
    "Libya": "ليبيا",
    "Morocco": "المغرب",
    "Palestine": "فلسطين",
    "Qatar": "قطر",
    "Sudan": "السودان",
    "Syria": "سوريا",
    "Tunisia": "تونس",
    "UAE": "الإمارات",
    "Yemen": "اليمن",
    "Gulf": "الخليج",
    "Levant": "الشام",
    "North Africa": "شمال أفريقيا",
    "Nile Valley": "وادي النيل",
}


def spread(options: Sequence[str], *about: str) -> tuple[list[str], list[int]]:
    """Options in an order that depends on what they and their question say and on nothing else; their old positions.

    For sources that always put the right option in the same place: no order of rows, run or machine moves it again.
    """
    order = sorted(range(len(options)), key=lambda at: digest("\n".join((*about, options[at]))))
    return [options[at] for at in order], order
