"""Answers that were collected elsewhere: CSV, TSV, JSONL, Parquet or XLSX files in one of four shapes.

Settings: `file`, a name or a pattern (`gpt4_*.xlsx`); `columns` (ours -> theirs, where `#file` is the name of a row's
file without its suffix and `#row` its number); `values` (our column -> {theirs -> ours}, `"*"` for all others); `where`
(their column -> value or list of values a row must have); `fill` (our column -> constant); `options` with `wide`
(one column per item), `lists` (what was answered is a list of replies such as `[3, 4, 3]`), `repeats` (rows with a
`value` of one cell are its replies), `rounding` (how far printed shares may be from 1) and `seed` (of the study that
shuffled the options, for free text). The shapes are in `respondents.recorded`.
"""

from collections.abc import Iterator, Mapping, Sequence

from tawazun.answers.records import TOLERANCE
from tawazun.data.tables import FILE, chosen_rows, our_columns, read_tables, translated
from tawazun.errors import BadStudy
from tawazun.instruments import Instrument
from tawazun.respondents.recorded import PLACES, SAID, Sheet, melted, unlisted
from tawazun.respondents.records import RecordedCell, Settings
from tawazun.seeds import canonical_json, digest_bytes

OPTIONS = ("wide", "lists", "repeats", "rounding", "seed")
MOST_ROUNDING = 0.02


class RecordedFile:
    """One file of recorded answers, or several that belong together."""

    def __init__(self, settings: Settings) -> None:
        """Read and hash the files. Errors: BadFile when one cannot be read; BadStudy for an unknown option."""
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
        self._table, paths = read_tables(settings.folder, settings.file)
        self._names = {path.stem: path.name for path in paths}
        if len(self._names) < len(paths):
            raise BadStudy(f"respondent {settings.name}: {settings.file} fits two files of one name; keep one")
        mapping = {k: getattr(settings, k) for k in ("columns", "values", "where", "fill", "options")}
        self.identity: Mapping[str, str] = {
            "kind": "recorded",
            "content": digest_bytes(b"".join(path.read_bytes() for path in paths)),
            "mapping": canonical_json({k: _plain(v) for k, v in mapping.items()}),
        }

    def cells(self, instruments: Sequence[Instrument]) -> Iterator[RecordedCell]:
        """Every recorded cell of these instruments, checked. Errors: BadAnswers naming file and row."""
        settings, options = self._settings, self._settings.options
        file = next(iter(self._names.values())) if len(self._names) == 1 else settings.file
        table = chosen_rows(self._table, settings.where, file)
        if options.get("wide"):
            table = melted(table, instruments, settings.columns, file)
        ours = translated(our_columns(table, (*PLACES, *SAID), settings.columns, settings.fill, file), settings.values)
        named = {one.name: one for one in instruments}
        for own in ours.partition_by(FILE, maintain_order=True):
            name = self._names[own[FILE][0]]
            rows = unlisted(own, name) if options.get("lists") else own
            yield from Sheet(rows, name, named, self._rounding, self._seed, bool(options.get("repeats"))).cells()


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return value


RESPONDENT = RecordedFile
