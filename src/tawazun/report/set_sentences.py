"""What the first screen says of a training set: one sentence a language, of what it is and what stands out most."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from babel import Locale, UnknownLocaleError

from tawazun.audit.data.countries import arab_states
from tawazun.audit.data.profiles import Difference, Profile
from tawazun.places import place
from tawazun.report.rounding import count_text, fixed, shown
from tawazun.runs.audit_folder import AuditFolder

MOST, FEWEST = 6, 20
NAMED = 4
LEAST_EFFECT = 0.2
SHAPES = {
    "messages": "conversations", "conversations": "conversations", "conversation": "conversations",
    "dialogue": "conversations",
    "instruction": "instructions with answers", "prompt-completion": "prompts with completions",
    "question-answer": "questions with answers", "input-output": "inputs with outputs",
    "preference": "preferences", "text": "plain texts",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lead:
    """The sentence of one language: what it is, and what stands out (empty where nothing does)."""

    language: str
    title: str
    what: str
    stands_out: str


def leads(folder: AuditFolder, found: Sequence[Profile], against: Mapping[str, Sequence[Difference]]) -> list[Lead]:
    """Sentences of the languages with most rows. `against`: name of another set → differences from it."""
    return [
        _lead(folder, language, [one for one in found if one.language == language], against)
        for language in _large(folder)
    ]


def rest(folder: AuditFolder) -> str:
    """One sentence on the languages with too few rows for one of their own; empty where there are none."""
    counts = folder.counts("language")
    small = [language for language in counts if language not in _large(folder)]
    if not small:
        return ""
    rows = sum(counts[language] for language in small)
    names = ", ".join(language_name(language) for language in small[:MOST])
    return f"{_rows(rows)} more in {len(small)} other {'language' if len(small) == 1 else 'languages'} ({names})."


def _large(folder: AuditFolder) -> list[str]:
    """Languages with a hundredth of the rows, and at least 20 of them; the commonest in any case."""
    counts = folder.counts("language")
    least = max(FEWEST, sum(counts.values()) / 100)
    return [language for i, language in enumerate(counts) if not i or counts[language] >= least][:MOST]


def language_name(code: str) -> str:
    """English name of a BCP 47 tag, or the tag.

    >>> language_name("ar")
    'Arabic'
    """
    if code == "und":
        return "Unknown language"
    try:
        return str(Locale.parse(code, sep="-").get_display_name("en"))
    except (ValueError, UnknownLocaleError):
        return code


def _lead(
    folder: AuditFolder, language: str, own: Sequence[Profile], against: Mapping[str, Sequence[Difference]]
) -> Lead:
    rows, total = folder.counts("language")[language], int(folder.values["set", "rows"])
    known = {f"{one.family}.{one.name}": one for one in own}
    what = f"{_rows(rows)} ({fixed(100 * rows / total, 1)} % of the set)"
    size = known.get("structure.words") or known.get("structure.characters")
    if size is not None and size.percentiles:
        middle, low, high = size.percentiles[2], size.percentiles[0], size.percentiles[4]
        spread = f", nine of ten between {count_text(low)} and {count_text(high)}" if low < high else ""
        what += f", half of them of {count_text(middle)} {size.about['unit']} or more{spread}"
    said = [_most_unlike(name, [one for one in several if one.here.language == language])
            for name, several in against.items()]  # fmt: skip
    said = [one for one in said if one] or [text for rule in RULES if (text := rule(folder, language, known))][:1]
    return Lead(language, language_name(language), what + ".", " ".join(said))


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count_text(count)} rows"


def _most_unlike(name: str, several: Sequence[Difference]) -> str:
    clear = [one for one in several if one.clear and abs(one.effect) >= LEAST_EFFECT]
    if not several:
        return ""
    if not clear:
        return f"Held against {name}, no metric differs clearly by {LEAST_EFFECT} standard deviations or more."
    first = clear[0]
    here, there = shown(first.here.mean), shown(first.there.mean)
    more = "more" if first.value > 0 else "less"
    value = shown(first.value, first.low, first.high)
    return (
        f"Most unlike {name} in {first.here.name.replace('_', ' ')}: {here.value} against {there.value} "
        f"({first.here.about['unit']}), {abs(first.effect):.1f} standard deviations {more}; difference {value.text}. "
        f"{len(clear)} of {len(several)} metrics differ clearly."
    )


Known = Mapping[str, Profile]
Rule = Callable[[AuditFolder, str, Known], str]


def _near_duplicates(folder: AuditFolder, language: str, known: Known) -> str:
    one = known.get("diversity.near_duplicate_share")
    if one is None or one.mean < 0.05:
        return ""
    return f"{fixed(100 * one.mean, 1)} % of its rows say nearly what another row says."


def _foreign(folder: AuditFolder, language: str, known: Known) -> str:
    one = known.get("scripts.code_switch_share")
    if one is None or language == "und" or one.mean < 0.1:
        return ""
    return f"{fixed(100 * one.mean, 1)} % of its letters are of another script than the language's."


def _absent(folder: AuditFolder, language: str, known: Known) -> str:
    named = folder.counts(f"{language}:countries")
    states = arab_states()
    if language != "ar" or not named or not (gone := [code for code in states if not named.get(code)]):
        return ""
    names = [place(code).names["en"].name for code in gone]
    rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"No row names {', '.join(names[:NAMED])}{rest}: {len(states) - len(gone)} of 22 Arab states are named."


def _local(folder: AuditFolder, language: str, known: Known) -> str:
    one = known.get("culture.local_share")
    if one is None or one.n < 2:
        return ""
    share = shown(one.mean, one.low, one.high, scale=100)
    return f"Of the names that our short lists know, {share.text} % are of the language's own cultures."


def _spoken(folder: AuditFolder, language: str, known: Known) -> str:
    one = known.get("arabic.dialect")
    return f"{shown(one.mean).value} of 100 words are cues of a spoken variety." if one and one.mean >= 2 else ""


def _repeating(folder: AuditFolder, language: str, known: Known) -> str:
    one = known.get("diversity.repetition_3")
    if one is None or one.mean < 0.1:
        return ""
    return f"{fixed(100 * one.mean, 1)} % of runs of three words stand twice or more in their row."


def _richness(folder: AuditFolder, language: str, known: Known) -> str:
    one = known.get("lexical.mattr")
    if one is None:
        return ""
    return f"Of any 50 words in a row, {shown(50 * one.mean).value} are different ones on average."


RULES: tuple[Rule, ...] = (_near_duplicates, _repeating, _foreign, _absent, _spoken, _local, _richness)


def worst_fault(folder: AuditFolder) -> str:
    """The gravest finding on rows in one sentence; empty where nothing is wrong."""
    order = {"error": 0, "warning": 1}
    graves = [one for one in folder.findings.iter_rows(named=True) if one["severity"] in order]
    if not graves:
        return ""
    first = min(graves, key=lambda one: (order[one["severity"]], -(one["value"] or 0)))
    rest = f" {len(graves) - 1} more kinds of fault are listed below." if len(graves) > 1 else ""
    return f"{first['text']}.{rest}"
