"""Every error the package raises on purpose. A user's mistake exits with 2, a failure with 1.

TawazunError
├── UserError                what the user can mend: a study, a file, a name
│   ├── BadStudy             a key, value or combination in a study or recipe
│   ├── BadFile              a file that is missing, empty, not UTF-8 or of another schema
│   ├── BadAnswers           recorded answers or human data that break their own rules
│   ├── UnknownName          a name that no catalogue has
│   ├── MissingExtra         an optional library is not installed
│   ├── Refused              a thing the package will not do (licence, remote code, secrets)
│   └── StudyChanged         a run is resumed with another study
└── Failure                  the machine or a model let us down; the run can be resumed
    ├── RespondentFailed     a respondent could not answer
    ├── TrainingFailed       a training came to no numbers, or fell into one answer
    └── WriteFailed          a disk refused a write
"""


class TawazunError(Exception):
    """Any error raised on purpose; its text is one line a user can act on."""

    exit_code = 1


class UserError(TawazunError):
    """What the user can mend."""

    exit_code = 2


class BadStudy(UserError):
    """A key, value or combination in a study or recipe."""


class BadFile(UserError):
    """A file that is missing, empty, not UTF-8 or of another schema."""


class BadAnswers(UserError):
    """Recorded answers or human data that break their own rules."""


class UnknownName(UserError):
    """A name that no catalogue has."""


class MissingExtra(UserError):
    """An optional library is not installed."""


class Refused(UserError):
    """A thing the package will not do."""


class StudyChanged(UserError):
    """A run is resumed with another study."""


class Failure(TawazunError):
    """The machine or a model let us down; the run can be resumed."""


class RespondentFailed(Failure):
    """A respondent could not answer."""


class TrainingFailed(Failure):
    """A training came to no numbers, or fell into one answer."""


class WriteFailed(Failure):
    """A disk refused a write."""
