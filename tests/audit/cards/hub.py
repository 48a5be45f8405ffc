"""A stand-in for the Hub: a reader that answers from a table, and a server of as much of its HTTP as is read."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tawazun.data.cards import HubCard

README = b"---\nlicense: mit\nlanguage: [arz]\n---\n# Set\n## Description\nStories from Cairo, told by forty people.\n"


class Told:
    """A reader of cards that answers from a table and counts how often it is asked."""

    def __init__(self, cards: Mapping[str, HubCard]) -> None:
        self.cards, self.asked = cards, []  # type: ignore[var-annotated]

    def card(self, name: str, revision: str = "") -> HubCard:
        self.asked.append(name)
        return self.cards.get(name, HubCard(name, outcome="gone", why="not on the Hub (deleted, renamed or private)"))


def info(name: str, **more: Any) -> dict[str, Any]:
    """What the Hub says of one set in JSON."""
    return {
        "id": name, "sha": "0123456789abcdef0123456789abcdef01234567", "lastModified": "2025-03-01T10:00:00.000Z",
        "likes": 12, "downloads": 340, "private": False, "gated": False, "disabled": False, "siblings": [],
        "tags": ["license:mit", "language:arz", "arxiv:2401.00001", "task_categories:question-answering"],
    } | more  # fmt: skip


# name -> (status and error code of its facts, status of its README)
SETS: dict[str, tuple[int, str, int]] = {
    "own/open": (200, "", 200),
    "own/bare": (200, "", 404),
    "own/gated": (200, "", 403),
    "own/closed": (403, "GatedRepo", 403),
    "own/gone": (404, "RepoNotFound", 404),
    "own/disabled": (403, "DisabledRepo", 403),
    "own/broken": (500, "", 500),
    "own/huge": (200, "", 200),
    "own/halfway": (200, "", 500),
}


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path in ("/api/models", "/api/spaces"):
            return self._send(200, json.dumps([{"id": f"a/{n}"} for n in range(3)]).encode())
        name = "/".join(path.removeprefix("/api").removeprefix("/datasets/").split("/")[:2])
        status, code, readme = SETS.get(name, (404, "RepoNotFound", 404))
        if path.endswith("/croissant"):
            return self._send(404, b"")
        if path.endswith("/README.md"):
            body = README + b"x" * 30_000_000 if name == "own/huge" else README
            return self._send(readme, body if readme == 200 else b"")
        if "/revision/" in path and status == 200:
            return self._send(404, b"{}", "RevisionNotFound")
        told = info(name, gated="manual" if name == "own/gated" else False)
        return self._send(status, json.dumps(told).encode() if status == 200 else b"{}", code)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _send(self, status: int, body: bytes, code: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if code:
            self.send_header("X-Error-Code", code)
        if code == "DisabledRepo":
            self.send_header("X-Error-Message", "Access to this resource is disabled.")
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # the reader had enough


@contextmanager
def served() -> Iterator[str]:
    """The address of a running server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
