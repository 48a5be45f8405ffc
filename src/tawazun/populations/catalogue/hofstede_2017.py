"""The vendor's country table of about 2017: 118 entities, many of them the vendor's own estimates.

Known defects, noted on the populations: a true 0 may read as empty (Pakistan's IVR is 0 in the matrix of 2015), and
Libya's row repeats the scores of the Arab countries as a group. Estimates are no data about people of the place: they
load only when asked for, and no measure of diversity between countries may use them.
"""

from collections.abc import Sequence
from pathlib import Path

from tawazun.data.tables import ROW, data_file
from tawazun.errors import BadAnswers
from tawazun.populations.absent import absences
from tawazun.populations.hofstede import TERMS, score_rows, scored
from tawazun.populations.records import Population, Request
from tawazun.source import Source

FILE = "hofstede/hofstede_insights_2017_tidy.csv"
ESTIMATE = "vendor's estimate, never to be used for measures of diversity between countries"
NOTES = {
    "LBY": "within 1 point of the Arab countries as a group, so probably not Libya's own",
    "PAK": "IVR is empty here and 0 in the matrix of 2015: this table reads a true 0 as empty",
    "PRI": "an LTO of 0 is a true score, as in the matrix of 2015",
}


class Hofstede2017:
    """The vendor's table, read from the data folder."""

    name = "hofstede-2017"
    instrument = "vsm13"
    source = Source(
        cite="Hofstede Insights, country comparison tool, scores as shown about 2017 (public copy)",
        where="https://www.theculturefactor.com/country-comparison-tool",
        version="2017",
        licence="no open licence",
        terms=TERMS,
        redistribute="aggregates",
    )

    def load(self, request: Request) -> Sequence[Population]:
        """One population per entity; the vendor's estimates only with `request.estimates`."""
        return tuple(
            scored(
                self.name, code, scores, self.source, "; ".join(note for note in (estimate, NOTES.get(code)) if note)
            )
            for code, estimate, scores in _rows(data_file(request.data, FILE, self.name))
            if (not request.places or code in request.places) and (request.estimates or not estimate)
        )

    def absent(self, request: Request) -> dict[str, str]:
        """Asked places (else members of the Arab League) without a row, and estimates that were not asked for."""
        rows = _rows(data_file(request.data, FILE, self.name))
        known = {
            code: "only the vendor's estimate, which loads with estimates = true"
            for code, estimate, _ in rows
            if estimate and not request.estimates and (not request.places or code in request.places)
        }
        return absences(
            request.places, [code for code, _, _ in rows if code not in known], "no row in the table", known
        )


def _rows(path: Path) -> list[tuple[str, str, dict[str, float]]]:
    rows = score_rows(path, "country")
    for _, raw, _ in rows:
        if raw.get("estimate_flag") not in ("0", "1"):
            raise BadAnswers(f"{path.name} row {raw[ROW]}: estimate_flag is 0 or 1, not {raw.get('estimate_flag')!r}")
    return [(code, ESTIMATE if raw["estimate_flag"] == "1" else "", scores) for code, raw, scores in rows]


POPULATION = Hofstede2017()
