"""The asks of a fit, laid out once around the place of a soft prompt, and put to a whole population at once.

Text, tokens and read-outs depend on the asks alone. A candidate is other numbers for its virtual tokens (see
`tawazun.engine.virtual`), so one call scores population x questions; where the vectors stand after the question, the
questions' keys and values are kept for the whole search.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tawazun.adapt.population import Bank, Cut, Population
from tawazun.cells import Ask, combine, parse_decoding
from tawazun.engine import Sampling, Standing, generate, mark_of, score_continuations
from tawazun.engine.model import LoadedModel, Position
from tawazun.errors import BadStudy, Refused
from tawazun.instruments import Question
from tawazun.respondents.catalogue.hf import until_of
from tawazun.respondents.reading import Reader
from tawazun.respondents.readout import Readout, canonical, shares_of_many
from tawazun.respondents.replies import told
from tawazun.seeds import seed_for


@dataclass(frozen=True, slots=True)
class Piece:
    """One prompt of the fit, cut at its virtual tokens.

    ask, part    which ask it belongs to, and which prompt of that ask it is
    head, tail   tokens before and after the virtual ones
    order        canonical index of each shown option
    readout      None where replies are drawn
    text         of the prompt, with a mark in the vectors' place
    """

    ask: int
    part: int
    head: tuple[int, ...]
    tail: tuple[int, ...]
    order: tuple[int, ...]
    readout: Readout | None
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a soft prompt stands in the fit: its position, its virtual tokens, and how many candidates go at once."""

    position: Position
    tokens: int
    candidates: int


class Layout:
    """The asks of one fit on one model. Holds virtual tokens until it is closed; usable as a context.

    pieces   every prompt
    bank     what stands behind the virtual tokens
    """

    def __init__(self, reader: Reader, asks: Sequence[Ask], questions: Sequence[Question], place: Place) -> None:
        """Lays everything out; nothing goes through the model but what is kept for the whole search.

        Errors   Refused for a model that takes no virtual tokens or has a soft prompt; BadStudy for an ask that cannot
                 be read
        """
        model = reader.model
        if model.standing is not None:
            raise Refused("base.adapter is a soft prompt: a search begins from a model without one")
        self.asks, self.questions, self.place = tuple(asks), tuple(questions), place
        self._at = {one.id: row for row, one in enumerate(questions)}
        mark = -1 if place.position == "before" else mark_of(model.tokenizer)
        self.bank = Bank(model, place.tokens, place.candidates)
        try:
            standing = Standing(place.position, tuple(self.bank.of(0)), mark)
            self.model: LoadedModel = replace(model, standing=standing)
            self.pieces = tuple(self._cut(Reader(self.model, reader.chat)))
            self._single = [one for one in self.pieces if one.readout is not None and one.readout.kind == "token"]
            cuts = [Cut(one.head, one.tail, _firsts(one)) for one in self._single]
            self._population = Population(self.model, self.bank, cuts, keep=place.position == "after")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the virtual tokens."""
        self.bank.close()

    def __enter__(self) -> "Layout":
        """Itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Let go."""
        self.close()

    @property
    def size(self) -> tuple[int, int]:
        """Prompts and prompt tokens that one candidate costs, virtual tokens counted."""
        tokens = sum(len(one.head) + self.place.tokens + len(one.tail) for one in self.pieces)
        return len(self.pieces), tokens

    def prompt(self, piece: Piece, candidate: int) -> list[int]:
        """The tokens of a prompt with a candidate's virtual ones."""
        return [*piece.head, *self.bank.of(candidate), *piece.tail]

    def shares(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Answers of candidates (n, tokens, width) as shares among the options, averaged over framings.

        Returns  (n, Q, K) shares, 0 beyond a question's options, NaN where one has no number; and (n, Q) the
                 probability of the options together, NaN where it is unknown
        """
        parts = [self._filled(vectors[at : at + self.place.candidates]) for at in self._starts(len(vectors))]
        p, mass = zip(*parts, strict=True)
        return np.concatenate(p), np.concatenate(mass)

    def replies(self, vectors: np.ndarray, samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """`shares` of drawn replies; every candidate draws with the same random numbers."""
        parts = [
            self._drawn(vectors[at : at + self.place.candidates], samples, seed) for at in self._starts(len(vectors))
        ]
        p, mass = zip(*parts, strict=True)
        return np.concatenate(p), np.concatenate(mass)

    # ---- laying out

    def _cut(self, reader: Reader) -> Iterator[Piece]:
        own = self.bank.of(0)
        first, last = own[0], own[-1]
        exact = self.asks[0].framing.mode == "logprob"
        for number, laid in enumerate(reader.laid(self.asks) if exact else ()):
            if laid.fault:
                raise BadStudy(f"{laid.ask.instrument}:{laid.ask.question.id}: {laid.fault}")
            for row, part in enumerate(laid.parts):
                at = part.tokens.index(first)
                after = part.tokens.index(last) + 1
                ends = tuple(part.tokens[:at]), tuple(part.tokens[after:])
                yield Piece(number, row, *ends, part.prompt.order, part.readout, part.text)
        for number, ask in enumerate(() if exact else self.asks):
            text = reader.text(ask, ask.prompts[0])
            tokens = reader.encode([text])[0]
            ends = tuple(tokens[: tokens.index(first)]), tuple(tokens[tokens.index(last) + 1 :])
            yield Piece(number, 0, *ends, ask.prompts[0].order, None, text)

    def _starts(self, count: int) -> range:
        return range(0, count, self.place.candidates)

    # ---- asking

    def _filled(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.bank.put(vectors)
        scores = {**self._next(len(vectors)), **self._continued(len(vectors))}
        read: list[list[tuple[np.ndarray, np.ndarray | None]]] = [[] for _ in self.asks]
        for piece in self.pieces:
            assert piece.readout is not None
            p, off = shares_of_many(piece.readout, scores[piece.ask, piece.part], len(piece.order))
            placed = np.stack([canonical(row, piece.order) for row in p])
            read[piece.ask].append((placed, off))
        return self._averaged([self._combined(ask, parts) for ask, parts in zip(self.asks, read, strict=True)])

    def _next(self, count: int) -> dict[tuple[int, int], np.ndarray]:
        """Scores (candidates, sequences) of pieces that are read at one position."""
        found = self._population.score(count)
        return {(one.ask, one.part): scores for one, scores in zip(self._single, found, strict=True)}

    def _continued(self, count: int) -> dict[tuple[int, int], np.ndarray]:
        """The same of pieces whose options are several tokens."""
        found = {}
        longer = [one for one in self.pieces if one.readout is not None and one.readout.kind != "token"]
        starts: list[list[int]] = []
        ends: list[tuple[int, ...]] = []
        for one in longer:
            assert one.readout is not None
            for c in range(count):
                starts += [self.prompt(one, c)[: one.readout.keep]] * len(one.readout.sequences)
                ends += one.readout.sequences
        sums, at = score_continuations(self.model, starts, ends), 0
        for one in longer:
            assert one.readout is not None
            width = len(one.readout.sequences)
            found[one.ask, one.part] = sums[at : at + count * width].reshape(count, width)
            at += count * width
        return found

    @staticmethod
    def _combined(ask: Ask, parts: Sequence[tuple[np.ndarray, np.ndarray | None]]) -> tuple[np.ndarray, np.ndarray]:
        """Shares (n, cells) and mass (n,) of one ask."""
        if len(parts) == 1:
            p, off = parts[0]
            return p, np.full(len(p), np.nan) if off is None else 1.0 - off
        rows, lost = [], []
        for i in range(len(parts[0][0])):
            each = [(own[i], 0.0 if out is None else float(out[i])) for own, out in parts]
            one, off_menu = combine(ask.question, each)
            rows.append(one)
            lost.append(1.0 - off_menu)
        return np.stack(rows), np.array(lost)

    def _averaged(self, found: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
        """(n, Q, K) shares among the options and (n, Q) mass, each question's framings averaged."""
        count = len(found[0][0])
        shape = (count, len(self.questions), max(one.cells for one in self.questions))
        total, mass, asked = np.zeros(shape), np.zeros(shape[:2]), np.zeros(len(self.questions))
        for ask, (p, own) in zip(self.asks, found, strict=True):
            row = self._at[ask.question.id]
            whole = p.sum(axis=1, keepdims=True)
            with np.errstate(invalid="ignore", divide="ignore"):
                total[:, row, : p.shape[1]] += np.where(whole > 0, p / whole, np.nan)
            mass[:, row] += own
            asked[row] += 1
        return total / asked[:, None], mass / asked

    def _drawn(self, vectors: np.ndarray, samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        self.bank.put(vectors)
        count = len(vectors)
        decoding = parse_decoding(self.asks[0].framing.decoding)
        if decoding.reasoning:
            raise BadStudy("ask.decoding: a search draws replies without reasoning")
        sampling = Sampling(decoding.max_tokens, decoding.temperature, decoding.top_p, None)
        jobs = [(piece, c, k) for piece in self.pieces for c in range(count) for k in range(samples)]
        prompts = [self.prompt(piece, c) for piece, c, _ in jobs]
        seeds = [seed_for(seed, self.asks[piece.ask].ask, k) for piece, _, k in jobs]
        untils = [until_of(self.asks[piece.ask], piece.text, decoding) for piece, _, _ in jobs]
        texts = generate(self.model, prompts, sampling, seeds, untils)
        found = []
        for number, ask in enumerate(self.asks):
            own = texts[number * count * samples : (number + 1) * count * samples]
            found.append(_told(ask, [own[c * samples : (c + 1) * samples] for c in range(count)]))
        return self._averaged(found)


def _firsts(piece: Piece) -> tuple[int, ...]:
    assert piece.readout is not None
    return tuple(one[0] for one in piece.readout.sequences)


def _told(ask: Ask, said: Sequence[Sequence[str | None]]) -> tuple[np.ndarray, np.ndarray]:
    """Shares (n, cells) of replies to one ask and the share of readable ones; NaN where the model gave no numbers."""
    p = np.full((len(said), ask.question.cells), np.nan)
    for row, texts in zip(p, said, strict=True):
        if all(text is not None for text in texts):
            outcome = told(ask, tuple(text for text in texts if text is not None))
            if outcome.p is not None:
                row[:] = outcome.p
    return p, p.sum(axis=1)
