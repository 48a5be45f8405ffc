"""The reference scores that the Cultural Alignment Test paper prints: five entities, bundled as cited facts."""

from collections.abc import Sequence

from tawazun.populations.absent import absences
from tawazun.populations.hofstede import ITEMS, scored
from tawazun.populations.records import Population, Request
from tawazun.source import Source

SCORES = {
    "USA": (40, 91, 62, 46, 26, 68),
    "CHN": (80, 20, 66, 30, 87, 24),
    "x-hofstede-arab": (80, 38, 53, 68, 23, 34),
    "SAU": (72, 48, 43, 64, 27, 14),
    "SVK": (100, 52, 100, 51, 77, 28),
}
NOTES = {
    "x-hofstede-arab": "an average over several countries; it stands for none of them",
    "SAU": "200 people of Almutairi, Heller & Yen (2021); the vendor's earlier estimate was 95, 25, 60, 80, 36, 52",
    "SVK": "capped at 100 in this source; the matrix of 2015 has PDI 104 and MAS 110",
}


class HofstedeCat2023:
    """The paper's table."""

    name = "hofstede_cat-2023"
    instrument = "vsm13"
    source = Source(
        cite="Masoud, Liu, Ferianc, Treleaven & Rodrigues (2023), Cultural Alignment in Large Language Models: An "
        "Explanatory Analysis Based on Hofstede's Cultural Dimensions, arXiv 2309.12342, reference scores",
        where="https://arxiv.org/abs/2309.12342",
        version="2023",
        licence="facts",
        terms="figures printed in a publication; cite",
        redistribute="yes",
    )

    def load(self, request: Request) -> Sequence[Population]:
        """One population per entity; no file is needed."""
        return tuple(
            scored(self.name, code, dict(zip(ITEMS, map(float, scores), strict=True)), self.source, NOTES.get(code, ""))
            for code, scores in SCORES.items()
            if not request.places or code in request.places
        )

    def absent(self, request: Request) -> dict[str, str]:
        """Asked places (else members of the Arab League) that the paper does not list."""
        return absences(request.places, SCORES, "not among the five entities that the paper prints", {})


POPULATION = HofstedeCat2023()
