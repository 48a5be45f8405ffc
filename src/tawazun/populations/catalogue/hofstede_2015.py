"""Hofstede's dimension data matrix for researchers, 2015-08-16: 111 entities, 65 of them with all six scores."""

from collections.abc import Sequence

from tawazun.data.tables import data_file
from tawazun.populations.absent import absences
from tawazun.populations.hofstede import TERMS, score_rows, scored
from tawazun.populations.records import Population, Request
from tawazun.source import Source

FILE = "hofstede/hofstede_2015_matrix_tidy.csv"


class Hofstede2015:
    """The research matrix, read from the data folder."""

    name = "hofstede-2015"
    instrument = "vsm13"
    source = Source(
        cite="Hofstede, G., Hofstede, G. J. & Minkov, M., dimension data matrix for researchers, version 2015-08-16",
        where="https://geerthofstede.com/research-and-vsm/dimension-data-matrix/",
        version="2015-08-16",
        licence="no open licence",
        terms=TERMS,
        redistribute="aggregates",
    )

    def load(self, request: Request) -> Sequence[Population]:
        """One population per entity. Errors: BadFile and BadAnswers naming file, row and entity."""
        rows = score_rows(data_file(request.data, FILE, self.name), "entity")
        return tuple(
            scored(self.name, code, scores, self.source, "")
            for code, _, scores in rows
            if not request.places or code in request.places
        )

    def absent(self, request: Request) -> dict[str, str]:
        """Asked places (else members of the Arab League) that have no row."""
        there = [one.place for one in self.load(Request(data=request.data))]
        return absences(request.places, there, "no row in the matrix of 2015", {})


POPULATION = Hofstede2015()
