"""The floor: every option equally likely, whatever is asked."""

from collections.abc import Iterator, Mapping, Sequence

from tawazun.answers import Outcome, uniform_outcome
from tawazun.cells import Ask
from tawazun.errors import BadStudy
from tawazun.respondents.records import Settings

UNUSED = (
    "model", "revision", "adapter", "file", "columns", "values", "where", "fill", "base_url", "key_env", "dtype",
    "device", "options",
)  # fmt: skip


class Uniform:
    """Answers at once and costs nothing, so it measures the overhead of everything else."""

    batch = 16384
    free = True
    portable = "cpu"
    modes = ("logprob", "sample", "generate")

    def __init__(self, settings: Settings) -> None:
        """Takes no settings of its own. Errors: BadStudy for a key that it would not use."""
        given = [key for key in UNUSED if getattr(settings, key) not in ("", "auto", {})]
        if given:
            raise BadStudy(f"respondent {settings.name}: kind uniform makes no use of {given[0]!r}; leave it out")
        self.identity: Mapping[str, str] = {"kind": "uniform"}
        self._made: dict[tuple[str, str], Outcome] = {}

    def answer(self, asks: Sequence[Ask], samples: int, study_seed: int) -> Iterator[Outcome]:
        """Equal shares for each ask."""
        made = self._made
        for ask in asks:
            key = (ask.instrument, ask.question.id)
            if key not in made:
                made[key] = uniform_outcome(ask.question)
            yield made[key]


RESPONDENT = Uniform
