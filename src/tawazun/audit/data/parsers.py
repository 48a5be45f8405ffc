"""Sentences parsed where a parser is installed: a pipeline of spaCy for the language (`python -m spacy download …`).

None is a dependency of this package: parsing is a hundred times slower than everything else here, and pipelines are no
packages of the index. What is not installed is absent, with the reason.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

# heads of the tokens of a sentence, by position in it; the root is its own head
Heads = Sequence[int]
LONGEST = 20_000


@dataclass(frozen=True)
class Parser:
    """What parses a language. `parse` gives the sentences of every text; None where there is no parser, `name` why."""

    name: str
    parse: Callable[[Sequence[str]], Iterator[list[Heads]]] | None


@cache
def parser_for(language: str) -> Parser:
    """The smallest installed pipeline of a language (BCP 47) that has a parser."""
    primary = language.partition("-")[0]
    try:
        import spacy
    except ImportError:
        return Parser("none: spaCy is not installed (pip install spacy, and a pipeline of the language)", None)
    for name in _by_size(spacy.util.get_installed_models(), primary):
        pipeline = spacy.load(name, exclude=["ner", "lemmatizer", "textcat"])
        if "parser" in pipeline.pipe_names:
            return Parser(f"{name} {pipeline.meta.get('version', '')}".strip(), _parsing(pipeline))
    return Parser(f"none: no pipeline of spaCy with a parser is installed for {primary}", None)


def _by_size(names: Sequence[str], language: str) -> list[str]:
    sizes = ("sm", "md", "lg", "trf")
    own = [name for name in names if name.partition("_")[0] == language]
    return sorted(own, key=lambda name: (sizes.index(name[-2:]) if name[-2:] in sizes else len(sizes), name))


def _parsing(pipeline: Any) -> Callable[[Sequence[str]], Iterator[list[Heads]]]:
    def parse(texts: Sequence[str]) -> Iterator[list[Heads]]:
        for found in pipeline.pipe(text[:LONGEST] for text in texts):
            yield [[token.head.i - own.start for token in own] for own in found.sents]

    return parse
