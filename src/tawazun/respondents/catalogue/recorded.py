"""Answers that were collected elsewhere: a CSV, TSV, JSONL, Parquet or XLSX file in one of four shapes.

Settings: `file`; `columns` (ours -> theirs); `values` (our column -> {theirs -> ours}, `"*"` for all others); `where`
(their column -> value or list of values a row must have); `fill` (our column -> constant); `options` with `wide`
(one column per item), `rounding` (how far printed shares may be from 1) and `seed` (of the study that shuffled the
options, for free text). The shapes are in `respondents.recorded`.
"""

from collections.abc import Iterator, Mapping, Sequence

from tawazun.answers.records import TOLERANCE
from tawazun.data.tables import chosen_rows, our_columns, read_table, translated
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument
from tawazun.respondents.recorded import PLACES, SAID, Sheet, melted, numbered_wordings
from tawazun.respondents.records import RecordedCell, Settings
from tawazun.seeds import canonical_json, digest_bytes

OPTIONS = ("wide", "rounding", "seed")
MOST_ROUNDING = 0.02


class RecordedFile:
    """One file of recorded answers."""

    def __init__(self, settings: Settings) -> None:
        """Read and hash the file. Errors: BadFile when it cannot be read; BadStudy for an unknown option."""
        if not settings.file:
            raise BadStudy(f"respondent {settings.name}: kind recorded needs a file")
        for key in settings.options:
            if key not in OPTIONS:
                raise BadStudy(f"respondent {settings.name}: options has no {key!r}; allowed: {', '.join(OPTIONS)}")
        for name in (*settings.columns, *settings.values, *settings.fill):
            if name not in (*PLACES, *SAID):
                raise BadStudy(
                    f"respondent {settings.name}: {name!r} is no column of ours; allowed: {', '.join((*PLACES, *SAID))}"
                )
        rounding = settings.options.get("rounding", TOLERANCE)
        if not isinstance(rounding, int | float) or not 0 <= rounding <= MOST_ROUNDING:
            raise BadStudy(f"respondent {settings.name}: rounding lies between 0 and {MOST_ROUNDING}, not {rounding!r}")
        seed = settings.options.get("seed")
        if seed is not None and not isinstance(seed, int):
            raise BadStudy(f"respondent {settings.name}: seed is a whole number, not {seed!r}")
        self._seed = seed
        self._rounding = float(rounding)
        self._settings = settings
        self._path = settings.folder / settings.file
        self._table = read_table(self._path)
        mapping = {k: getattr(settings, k) for k in ("columns", "values", "where", "fill", "options")}
        self.identity: Mapping[str, str] = {
            "kind": "recorded",
            "content": digest_bytes(self._path.read_bytes()),
            "mapping": canonical_json({k: _plain(v) for k, v in mapping.items()}),
        }

    def cells(self, instruments: Sequence[Instrument]) -> Iterator[RecordedCell]:
        """Every recorded cell of these instruments, checked. Errors: BadAnswers naming file and row."""
        settings, file = self._settings, self._path.name
        table = chosen_rows(self._table, settings.where, file)
        if settings.options.get("wide"):
            table = melted(table, instruments, settings.columns, file)
        ours = translated(our_columns(table, (*PLACES, *SAID), settings.columns, settings.fill, file), settings.values)
        known = {w.id for one in instruments for q in one.questions for w in q.wordings}
        ours = numbered_wordings(ours, sorted(known | {f"w{n}" for n in range(1, 101)}))
        named = {one.name: one for one in instruments}
        yield from Sheet(ours, file, named, self._rounding, self._seed).cells()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value


RESPONDENT = RecordedFile
