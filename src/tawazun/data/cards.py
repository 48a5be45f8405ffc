"""What the Hugging Face Hub tells about a data set without its rows: counts, tags, README, Croissant.

A set that is gated, gone or out of reach is an outcome, not an error, so that a list of hundreds is reviewed to its
end. Only the beginning of a README is read, so that one of megabytes costs no more than another.
"""

from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, Protocol

from tawazun.errors import MissingExtra

MOST_README = 1_000_000
MOST_CROISSANT = 20_000_000
MOST_COUNTED = 1_000  # models and Spaces: the highest threshold is 50
SECONDS = 30.0

Outcome = Literal["reviewed", "partly", "gated", "gone", "unreachable"]


@dataclass(frozen=True, slots=True)
class HubCard:
    """One data set as the Hub tells of it; None = not told.

    name       as the Hub calls it now; commit: what was read
    readme     its first `MOST_README` bytes; croissant: the whole file
    outcome    `gated`: what needs no terms accepted was read; `gone`, `unreachable`: nothing was; `partly`: some was
    why        in one line, where the outcome is not `reviewed`
    """

    name: str
    commit: str = ""
    likes: int | None = None
    downloads: int | None = None
    models: int | None = None
    spaces: int | None = None
    last_modified: str = ""
    tags: tuple[str, ...] = ()
    readme: bytes | None = None
    croissant: bytes | None = None
    outcome: Outcome = "reviewed"
    why: str = ""


class CardReader(Protocol):
    """Anything that tells about data sets by name: the Hub, or a stand-in for tests."""

    def card(self, name: str, revision: str = "") -> HubCard:
        """What is told of one set. A set that cannot be read is an outcome; no error is raised for it."""
        ...


class Hub:
    """The Hub itself, at `HF_ENDPOINT` or its usual address, with the user's own login where there is one."""

    def __init__(self, endpoint: str | None = None) -> None:
        try:
            from huggingface_hub import HfApi
        except ModuleNotFoundError as error:
            raise MissingExtra(
                "reading cards of the Hub needs the library huggingface_hub: pip install 'tawazun[hub]'"
            ) from error
        self._api = HfApi(endpoint=endpoint)

    def card(self, name: str, revision: str = "") -> HubCard:
        """Counts, tags, README and Croissant of one set, at one commit."""
        from huggingface_hub import errors

        try:
            info = self._api.dataset_info(name, revision=revision or None, timeout=SECONDS)
        except errors.GatedRepoError:
            return HubCard(
                name, outcome="gated", why="gated: its terms have to be accepted on the Hub before anything is told"
            )
        except errors.RevisionNotFoundError:
            return HubCard(name, outcome="gone", why=f"it has no revision {revision!r}")
        except errors.RepositoryNotFoundError:
            return HubCard(name, outcome="gone", why="not on the Hub (deleted, renamed or private)")
        except errors.DisabledRepoError:
            return HubCard(name, outcome="gone", why="disabled by the Hub")
        except errors.HFValidationError:
            return HubCard(name, outcome="gone", why="no name that a data set of the Hub can have")
        except (errors.HfHubHTTPError, errors.HTTPError, OSError) as error:
            return HubCard(name, outcome="unreachable", why=f"the Hub did not answer ({_said(error)})")
        return self._told(name, info)

    def _told(self, name: str, info: Any) -> HubCard:
        current, lost = str(info.id), []
        counts: dict[str, int | None] = {}
        for kind in ("models", "spaces"):
            counts[kind], why = self._count(kind, current)
            lost.append(why)
        readme, why = self._file(f"datasets/{current}/resolve/{info.sha or 'main'}/README.md", MOST_README)
        lost.append(why and f"README: {why}")
        croissant, _ = self._file(f"api/datasets/{current}/croissant", MOST_CROISSANT)
        reasons = [one for one in lost if one]
        outcome: Outcome = "gated" if info.gated and readme is None else "partly" if reasons else "reviewed"
        if outcome == "gated":
            reasons = ["gated: only what the Hub shows without accepting its terms was read"]
        if current != name:
            reasons.append(f"the Hub calls it {current} now")
        return HubCard(
            name=name,
            commit=str(info.sha or ""),
            likes=info.likes,
            downloads=info.downloads,
            last_modified=info.last_modified.date().isoformat() if info.last_modified else "",
            tags=tuple(map(str, info.tags or ())),
            readme=readme,
            croissant=croissant,
            outcome=outcome,
            why="; ".join(reasons),
            **counts,
        )

    def _count(self, kind: str, name: str) -> tuple[int | None, str]:
        from huggingface_hub import errors

        try:
            if kind == "models":
                found = self._api.list_models(filter=f"dataset:{name}", limit=MOST_COUNTED)
                return sum(1 for _ in islice(found, MOST_COUNTED)), ""
            spaces = self._api.list_spaces(datasets=name, limit=MOST_COUNTED)
            return sum(1 for _ in islice(spaces, MOST_COUNTED)), ""
        except (errors.HfHubHTTPError, errors.HTTPError, OSError) as error:
            return None, f"{kind} that use it could not be counted ({_said(error)})"

    def _file(self, path: str, most: int) -> tuple[bytes | None, str]:
        """The first bytes of a file; None with a reason, or without one when there is no such file."""
        from huggingface_hub import errors
        from huggingface_hub.utils import build_hf_headers, get_session

        url = f"{self._api.endpoint}/{path}"
        try:
            with get_session().stream(
                "GET", url, headers=build_hf_headers(), follow_redirects=True, timeout=SECONDS
            ) as reply:
                if reply.status_code in (401, 403):
                    return None, "closed to who has not accepted the terms"
                if reply.status_code != 200:
                    return None, "" if reply.status_code in (400, 404) else f"the Hub answered {reply.status_code}"
                held = bytearray()
                for part in reply.iter_bytes():
                    held += part
                    if len(held) > most:
                        break
                return bytes(held[: most + 1]), ""
        except (errors.HTTPError, OSError) as error:
            return None, f"the Hub did not answer ({_said(error)})"


def _said(error: Exception) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return f"{type(error).__name__}{f' {status}' if status else ''}"
