"""Texts of the shipped instruments: one module per instrument and language, each with `TEXTS`.

`TEXTS` maps an item to its wordings `w1`, `w2` … in order, each a stem with its options in canonical order. The same
number is the same style in every item and a translation pair between languages. All texts are the project's own
words, drafts until a native speaker has reviewed them; none is taken from the questionnaire it stands in for.
"""

from collections.abc import Mapping, Sequence

from tawazun.instruments.records import Wording

Options = tuple[str, ...]
Text = tuple[str, Options]


def wordings(language: str, texts: Sequence[Text], named: Mapping[str, Text] | None = None) -> tuple[Wording, ...]:
    """Wordings `w1`, `w2` … of one item in one language, then its named variants under their own ids."""
    numbered = [Wording(f"w{n}", language, stem, options) for n, (stem, options) in enumerate(texts, start=1)]
    variants = [Wording(name, language, stem, options) for name, (stem, options) in (named or {}).items()]
    return (*numbered, *variants)


def fill(leads: Sequence[str], parts: Sequence[str], options: Sequence[Options]) -> tuple[Text, ...]:
    """One text per wording: its lead with the item's part put in for `{}`, and that wording's options."""
    return tuple((lead.format(part), choice) for lead, part, choice in zip(leads, parts, options, strict=True))


def ladder(lowest: str, highest: str) -> Options:
    """Ten steps of which only the ends are named."""
    return (f"1 — {lowest}", *(str(step) for step in range(2, 10)), f"10 — {highest}")
