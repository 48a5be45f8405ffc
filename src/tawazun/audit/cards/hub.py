"""Facts of a data set of the Hub, from what a reader of cards tells."""

from dataclasses import replace

from tawazun.audit.cards.folder import with_croissant, with_readme
from tawazun.audit.cards.records import FROM_SILENCE, Facts
from tawazun.audit.cards.references import references
from tawazun.data.cards import CardReader, HubCard


def from_hub(name: str, reader: CardReader, *, revision: str = "", task: str = "") -> Facts:
    """Facts of one set. Gated, gone and unreachable sets come back with their outcome and whatever is known."""
    told = reader.card(name, revision)
    found = references("", told.tags)
    facts = Facts(
        id=name,
        task=task or task_of(name, told.tags),
        likes=told.likes,
        downloads=told.downloads,
        models=told.models,
        spaces=told.spaces,
        last_modified=told.last_modified,
        licence=_tagged_licence(told),
        tags=told.tags,
        arxiv=found.arxiv,
        doi=found.doi,
        doi_counted=found.doi_counted,
        outcome=told.outcome,
        why=told.why,
        untold=_untold(told),
        card_read=told.outcome == "reviewed",
    )
    if told.readme is not None:
        facts = with_readme(facts, told.readme, whole=len(told.readme))
    elif told.outcome == "reviewed":
        facts = replace(facts, why="there is no README")
    if told.croissant is not None:
        facts = with_croissant(facts, told.croissant, "croissant.json")
    return facts


def _untold(told: HubCard) -> tuple[str, ...]:
    if told.likes is None and told.readme is None:
        return FROM_SILENCE
    return ("scientific",) if told.readme is None and told.outcome != "reviewed" else ()


def _tagged_licence(told: HubCard) -> str | None:
    found = [tag.partition(":")[2] for tag in told.tags if tag.startswith("license:")]
    return " and ".join(found) or None


# tasks of the Hub -> tasks of the review; culture is told by the name, as the review collected it
HUB_TASKS = {
    "question-answering": "Q&A",
    "multiple-choice": "Q&A",
    "table-question-answering": "Q&A",
    "translation": "Translation",
    "summarization": "Summarization",
    "conversational": "Dialogue/Conversation",
}
CULTURAL = ("cultural", "culture", "cidar")


def task_of(name: str, tags: tuple[str, ...]) -> str:
    """The task of the review that a set belongs to by its name, else by its first task tag; empty when by neither."""
    if any(word in name.casefold() for word in CULTURAL):
        return "Cultural Alignment"
    tasks = [tag.partition(":")[2] for tag in tags if tag.startswith("task_categories:")]
    return next((HUB_TASKS[one] for one in tasks if one in HUB_TASKS), "")
