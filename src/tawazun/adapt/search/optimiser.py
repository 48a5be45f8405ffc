"""One ask/tell interface over every optimiser of the catalogue.

A strategy is deterministic given its seed and the values it was told, so what a checkpoint must hold is those values:
`restore` asks and tells them again and arrives at the same candidates bit for bit, whatever the strategy keeps inside.
That costs the optimiser's own arithmetic, never a model's; a running hash of all candidates proves the arrival.
"""

from collections.abc import Mapping
from dataclasses import fields
from hashlib import blake2b
from typing import Any, get_args

import numpy as np

from tawazun.adapt.search.records import STATE, Best, Budget, Method, Space, Task
from tawazun.catalogue import load, names, unknown
from tawazun.errors import BadStudy, StudyChanged, UnknownName
from tawazun.seeds import digest_bytes, digest_of, stream

FOLDER = "tawazun.adapt.search.catalogue"
# values closer than this share are one value: a prompt that does nothing still moves float32 in its last digits
SAME = 1e-6


def optimiser_names() -> list[str]:
    """Names of the optimisers on offer."""
    return names(FOLDER)


def find_method(name: str) -> Method:
    """The optimiser of a name. Errors: UnknownName with the closest; MissingExtra for its library."""
    if name not in names(FOLDER):
        raise UnknownName(unknown("optimiser", name, names(FOLDER)))
    found: Method = load(FOLDER, name, "OPTIMISER")
    return found


def read_settings(name: str, options: Mapping[str, object]) -> Any:
    """The settings of an optimiser from a recipe's keys. Errors: BadStudy for an unknown key or a wrong value."""
    kind = find_method(name).settings
    offered = {field.name: field.type for field in fields(kind)}
    strange = sorted(options.keys() - offered.keys())
    if strange:
        listed = ", ".join(offered) or "none"
        raise BadStudy(f"optimiser {name!r} has no option {strange[0]!r}; its options: {listed}")
    for key, value in options.items():
        _check_kind(name, key, value, offered[key])
    return kind(**options)


def _check_kind(name: str, key: str, value: object, kind: Any) -> None:
    allowed = get_args(kind) or (kind,)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = (
        (value is None and type(None) in allowed)
        or (isinstance(value, bool) and bool in allowed)
        or (number and float in allowed)
        or (number and isinstance(value, int) and int in allowed)
    )
    if not fits or (number and not np.isfinite(float(value))):  # type: ignore[arg-type]
        raise BadStudy(f"option {key!r} of optimiser {name!r} cannot be {value!r}")


class Optimiser:
    """Asks for candidates to be scored and is told their values; lower is better.

    best, evaluations, generations   so far; `values` holds every value told, failed ones as inf
    improved_at                      the last generation with a better best
    varied                           whether any value differed from the first by more than rounding
    """

    def __init__(self, name: str, space: Space, budget: Budget, seed: int, options: Mapping[str, object]) -> None:
        self.name, self.space, self.budget = name, space, budget
        self.settings = read_settings(name, options)
        self._method = find_method(name)
        self._seed = seed
        self._begin()

    def _begin(self) -> None:
        task = Task(self.space, stream("search", self.name, self._seed), self.budget.evaluations)
        self._strategy = self._method.begin(task, self.settings)
        self._asked: np.ndarray | None = None
        self._told: list[np.ndarray] = []
        self._trace = blake2b(digest_size=16)
        self.best: Best | None = None
        self.improved_at = 0
        self.evaluations = 0
        self.varied = False

    @property
    def generations(self) -> int:
        """How many times values were told."""
        return len(self._told)

    @property
    def values(self) -> np.ndarray:
        """Every value told so far, (evaluations,), NaN and infinities as +inf."""
        return np.concatenate([*self._told, np.empty(0)])

    def ask(self) -> np.ndarray:
        """The next candidates (n, d) float64 inside the bounds, n = 0 when nothing is left.

        No more than the budget has left; the same ones until they are told.
        """
        if self._asked is None:
            proposed = self._strategy.propose()[: self.budget.evaluations - self.evaluations]
            # a copy, so that nobody outside changes what a strategy remembers
            self._asked = np.array(proposed, dtype=np.float64)
            self._asked.setflags(write=False)
        return self._asked

    def tell(self, x: np.ndarray, values: np.ndarray) -> None:
        """Take the values (n,) of the candidates asked for (n, d); NaN and infinities are the worst there is.

        Errors   ValueError for other candidates than those asked for, or another number of values.
        """
        asked = self.ask()
        scores = np.array(values, dtype=np.float64)
        if not np.array_equal(x, asked) or scores.shape != (len(asked),) or not len(asked):
            raise ValueError(
                f"tell needs the {len(asked)} candidates that ask gave and one value each, got {np.shape(x)} "
                f"candidates and values of shape {scores.shape}"
            )
        scores[~np.isfinite(scores)] = np.inf
        self._remember(asked, scores)
        self._strategy.learn(asked, scores)
        self._asked = None

    def _remember(self, x: np.ndarray, scores: np.ndarray) -> None:
        self._told.append(scores)
        self._trace.update(x.tobytes())
        least = int(np.argmin(scores))
        if scores[least] < (np.inf if self.best is None else self.best.value):
            at = self.evaluations + least + 1
            self.best = Best(x[least].copy(), float(scores[least]), self.generations, at)
            self.improved_at = self.generations
        self.evaluations += len(scores)
        self.varied = self.varied or not np.isclose(scores, self._told[0][0], rtol=SAME, atol=SAME**2).all()

    def facts(self) -> dict[str, object]:
        """What makes this search the search it is: any difference is another search."""
        bounds = np.stack([self.space.low, self.space.high, self.space.mean, self.space.spread])
        options = {field.name: getattr(self.settings, field.name) for field in fields(self.settings)}
        return {
            "optimiser": self.name,
            "options": options,
            "seed": self._seed,
            "evaluations": self.budget.evaluations,
            "space": digest_bytes(self.space.start.encode() + bounds.tobytes()),
        }

    def state(self) -> dict[str, np.ndarray | int | str]:
        """Everything that `restore` needs: values (evaluations,), sizes (generations,), and the two digests."""
        return {
            "values": self.values,
            "sizes": np.array([len(part) for part in self._told], dtype=np.int64),
            "facts": digest_of(self.facts()),
            "trace": self._trace.hexdigest(),
        }

    def restore(self, state: STATE) -> None:
        """Continue where `state` was taken: the same candidates from here on, bit for bit.

        Errors   StudyChanged for the state of another search, or when a library now draws other candidates.
        """
        if state["facts"] != digest_of(self.facts()):
            raise StudyChanged("the saved search has another optimiser, option, seed, budget or space than this one")
        self._begin()
        values, sizes = np.asarray(state["values"]), np.asarray(state["sizes"])
        for part in np.split(values, np.cumsum(sizes)[:-1]) if sizes.size else []:
            x = self.ask()
            if len(x) != len(part):
                break
            self.tell(x, part)
        if self._trace.hexdigest() != state["trace"]:
            self._begin()
            raise StudyChanged(
                "the saved search cannot be continued: with the numpy, cma, processor or number of threads of now it "
                "draws other candidates; continue it as it was begun (OMP_NUM_THREADS), or start again"
            )


def make_optimiser(
    name: str, space: Space, budget: Budget, *, seed: int, options: Mapping[str, object] | None = None
) -> Optimiser:
    """An optimiser of the catalogue, ready to be asked.

    Errors   UnknownName, MissingExtra; BadStudy for an option that does not fit or a population beyond 2 GiB.
    """
    return Optimiser(name, space, budget, seed, options or {})
