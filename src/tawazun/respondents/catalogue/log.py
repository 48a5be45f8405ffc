"""Runs that other people made with other tools: Inspect logs and sample files of lm-evaluation-harness.

Settings: `file`, a name or a pattern (`samples_*.jsonl`), or `options.files`, a list of them; several files are one
respondent's answers. `options.partial = true` leaves out items that are no question of the study's instruments, which
is an error otherwise; `options.keys = "ours"` scores items whose key in the log is another than the instrument's.
"""

from collections.abc import Iterator, Mapping, Sequence

from tawazun.data.logs import Logged, log_paths, read_log
from tawazun.errors import BadAnswers, BadStudy
from tawazun.instruments import Instrument
from tawazun.respondents.logged import Match, Matcher, cells_of, disagreeing, unmatched_words
from tawazun.respondents.records import RecordedCell, Settings
from tawazun.seeds import canonical_json, digest_bytes

OPTIONS = ("files", "partial", "keys")


class LogFile:
    """One run of another tool, in one file or in several."""

    def __init__(self, settings: Settings) -> None:
        """Read the files. Errors: BadFile when one is missing or no log; BadStudy for an unknown option."""
        who = f"respondent {settings.name}"
        if unknown := sorted(set(settings.options) - set(OPTIONS)):
            raise BadStudy(f"{who}: options has no {unknown[0]!r}; allowed: {', '.join(OPTIONS)}")
        if settings.options.get("keys", "same") not in ("same", "ours"):
            raise BadStudy(f'{who}: options.keys is "same" or "ours"')
        paths = log_paths(settings.folder, settings.file, settings.options)
        if not paths:
            raise BadStudy(f"{who}: kind log needs a file")
        self._partial = settings.options.get("partial") is True
        self._ours = settings.options.get("keys") == "ours"
        self._logs = [read_log(path) for path in paths]
        models = sorted({log.model for log in self._logs})
        if len(models) > 1:
            raise BadStudy(f"{who}: its files are of {len(models)} models ({', '.join(models[:3])}); give each its own")
        content = sorted(digest_bytes(path.read_bytes()) for path in paths)
        self.identity: Mapping[str, str] = {
            "kind": "log",
            "content": canonical_json(content),
            "mapping": canonical_json({"partial": self._partial, "keys": "ours" if self._ours else "same"}),
        }

    def cells(self, instruments: Sequence[Instrument]) -> Iterator[RecordedCell]:
        """Every answer to a question of these instruments. Errors: BadAnswers naming the file and what does not fit."""
        matcher = Matcher(instruments)
        for log in self._logs:
            found: list[tuple[Logged, Match]] = []
            missing: list[Logged] = []
            for item in log.items:
                match = matcher.find(item)
                if match is None:
                    missing.append(item)
                else:
                    found.append((item, match))
            if missing and not (self._partial and found):
                names = [one.name for one in instruments]
                raise BadAnswers(
                    f"{unmatched_words(log, missing, names)}; `tawazun import {log.file} --out DIR` makes a benchmark "
                    "of them, options = { partial = true } leaves them out"
                )
            if not self._ours and (other := disagreeing(found)):
                raise BadAnswers(
                    f"{other[0].spot}: {len(other)} of {len(found)} items have another key than ours, such as "
                    f'{other[0].item}; options = {{ keys = "ours" }} scores them by ours'
                )
            yield from cells_of(log, found)


RESPONDENT = LogFile
