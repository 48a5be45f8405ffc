"""The people of the planted world exactly: shares from the formula, with no sampling error to report."""

from collections.abc import Sequence

from tawazun.atlas import world
from tawazun.instruments import instrument
from tawazun.places.catalogue.atlas import SOURCE
from tawazun.populations.catalogue.atlas_1 import UNIVERSE, asked_places, human_answer, not_planted
from tawazun.populations.records import Population, Request
from tawazun.source import Source


class AtlasExact:
    """Exact people of the planted world."""

    name = "atlas_exact-1"
    instrument = "atlas"
    source: Source = SOURCE

    def load(self, request: Request) -> Sequence[Population]:
        """One population a country, with exact shares and no n."""
        questions, here = instrument("atlas").questions, world()
        found = []
        for code in asked_places(request):
            shares = here.shares[here.row(code)]
            answers = tuple(human_answer(q, shares[i], None) for i, q in enumerate(questions))
            found.append(
                Population(
                    f"{self.name}/{code}", code, self.instrument, "distributions", answers, self.source, "none",
                    UNIVERSE, "exact shares: no sampling error exists, so none is shown",
                )
            )  # fmt: skip
        return found

    def absent(self, request: Request) -> dict[str, str]:
        """Places outside the planted world."""
        return not_planted(request)


POPULATION = AtlasExact()
