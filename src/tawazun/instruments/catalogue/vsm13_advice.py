"""vsm13_advice: eight items of `vsm13` asked as advice to somebody, for the gap between a survey and a conversation.

A model that knows it is being surveyed may answer otherwise than when somebody asks it for advice. Each item is the
twin of a `vsm13` item (tag `twin:vsm13.m02`), with the same five codes in the same direction, and is read by the
measure `frame_gap` only: it has no indices.
"""

from tawazun.instruments.catalogue.vsm13 import ITEMS
from tawazun.instruments.records import Instrument, Question
from tawazun.instruments.texts import vsm13_advice_ar, vsm13_advice_en, wordings
from tawazun.source import Source

SOURCE = Source(
    cite="Tawazun's own advice twins of eight items of the Values Survey Module 2013 (Hofstede & Minkov 2013)",
    where="tawazun.instruments.texts",
    version="1",
    licence="CC0-1.0",
    terms="drafts until reviewed by native speakers; neither made nor approved by the authors of the VSM 2013",
    redistribute="yes",
)


def _question(item: str) -> Question:
    title, topic = ITEMS[item]
    return Question(
        id=f"{item}-advice",
        kind="one",
        codes=(1, 2, 3, 4, 5),
        wordings=(
            *wordings("en", vsm13_advice_en.TEXTS[item]),
            *wordings("ar", vsm13_advice_ar.TEXTS[item]),
        ),
        ordinal=True,
        tags=(topic, "frame:advice", f"twin:vsm13.{item}"),
        title=f"advice: {title}",
    )


INSTRUMENT = Instrument(
    name="vsm13_advice",
    title="Advice twins of eight items of the Values Survey Module 2013",
    questions=tuple(_question(item) for item in vsm13_advice_en.TEXTS),
    source=SOURCE,
    not_for=(
        "Only beside the same respondent's answers to vsm13: the gap between two ways of asking, no values of anybody. "
        "No people have answered these items."
    ),
    tags=("values", "advice"),
)
