"""A server of the OpenAI interface, and of vLLM's and SGLang's own routes, that goes wrong as it is told to.

It answers from the text of a prompt alone, so a test can work out what must come: the tokens ` A` and `A` … `E` share
`mass(prompt)`, a sampled reply is the letter that the seed draws. Faults depend on (seed, prompt, how often it was
asked), never on time or threads.
"""

import json
import math
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

LETTERS = "ABCDE"
BARE = 0.25  # the share of a letter that stands without a space before it
FAULTS = (
    "429", "429 after", "500", "503", "503 after", "reset", "reset in body", "slow", "truncated", "not json",
    "wrong json", "nan", "above one", "no logprobs", "disorder", "twice",
)  # fmt: skip


def number(*parts: object) -> float:
    """A number from 0 to 1 that depends on its parts only."""
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=7).digest(), "big") / 2**56


def mass(prompt: str, inside: float = 0.97) -> dict[str, float]:
    """Probability of each letter as the answer to a prompt; the rest goes to `Well`."""
    weights = np.array([0.05 + number(prompt, letter) for letter in LETTERS])
    return dict(zip(LETTERS, (inside * weights / weights.sum()).tolist(), strict=True))


def token_mass(prompt: str) -> dict[str, float]:
    """Probability of each token: both spellings of each letter, and what is no letter."""
    found = {"Well": 0.02, "\n": 0.005}
    for letter, share in mass(prompt).items():
        found |= {letter: BARE * share, f" {letter}": (1 - BARE) * share}
    return found


def told(prompt: str, seed: int) -> str:
    """The reply that a seed draws."""
    letters = mass(prompt, 1.0)
    drawn, below = number("told", prompt, seed), 0.0
    for letter, share in letters.items():
        below += share
        if drawn < below:
            return f"{letter}."
    return "E."


def tokens_of(text: str) -> list[int]:
    """A space and the letter after it are one token; any other character is one."""
    found: list[int] = []
    for at, letter in enumerate(text):
        if letter.isalpha() and at and text[at - 1] == " ":
            found[-1] = 0x200000 + ord(letter)
        else:
            found.append(ord(letter))
    return found


def text_of(tokens: Sequence[int]) -> str:
    """The text of tokens."""
    return "".join(f" {chr(one - 0x200000)}" if one >= 0x200000 else chr(one) for one in tokens)


class FaultServer(ThreadingHTTPServer):
    """Answers, and remembers what it was asked.

    faults     share of requests that go wrong; kinds: which faults there are
    poisoned   share of prompts to which no request ever goes right
    good       prompt -> whole, right replies that went out; asked: prompt -> requests
    drawn      (prompt, seed) -> whole, right replies that went out
    stuck      a prompt whose replies drip until the client gives up
    says       what every request is answered with; status and location: a status for all, and where it sends on to
    most       requests that were in flight at once
    heads      headers of every request
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, **settings: Any) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seed = settings.pop("seed", 0)
        self.faults = settings.pop("faults", 0.0)
        self.kinds: Sequence[str] = settings.pop("kinds", FAULTS)
        self.poisoned = settings.pop("poisoned", 0.0)
        self.key = settings.pop("key", "")
        self.routes = settings.pop("routes", None)
        self.drops: Sequence[str] = settings.pop("drops", ())
        self.top = settings.pop("top", 1000)
        self.status = settings.pop("status", 0)
        self.location = settings.pop("location", "")
        self.says = settings.pop("says", None)
        self.after = settings.pop("after", "0.02")
        self.nap = settings.pop("nap", 0.0)
        self.slow = settings.pop("slow", 3.0)
        assert not settings, settings
        self.lock = threading.Lock()
        self.stuck = ""
        self.good: Counter[str] = Counter()
        self.drawn: Counter[tuple[str, object]] = Counter()
        self.asked: Counter[str] = Counter()
        self.met: Counter[str] = Counter()
        self.bodies: list[tuple[str, dict[str, Any]]] = []
        self.heads: list[Mapping[str, str]] = []
        self.times: list[float] = []
        self.now = self.most = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: FaultServer
    disable_nagle_algorithm = True

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.send(404, {"error": {"message": "nothing here"}})

    def do_POST(self) -> None:
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.heads.append(dict(self.headers))
            server.bodies.append((self.path, body))
            server.times.append(time.monotonic())
            server.now += 1
            server.most = max(server.most, server.now)
        try:
            time.sleep(server.nap)
            self.answer(body)
        finally:
            with server.lock:
                server.now -= 1

    def answer(self, body: dict[str, Any]) -> None:
        server = self.server
        if server.key and self.headers.get("Authorization") != f"Bearer {server.key}":
            quoted = self.headers.get("Authorization", "")
            self.send(401, {"error": {"message": f"Incorrect API key provided: {quoted}"}})
            return
        if server.status:
            quoted = self.headers.get("Authorization", "")
            moved = {"Location": server.location} if server.location else {}
            self.send(server.status, {"error": {"message": f"no, {quoted}", "code": "some_code"}}, moved)
            return
        if server.says is not None:
            self.send(200, server.says)
            return
        routes = {"/v1/chat/completions", "/v1/completions", "/tokenize", "/generative_scoring", "/v1/score"}
        if self.path not in (server.routes or routes):
            self.send(404, {"detail": "Not Found"})
            return
        if self.path == "/tokenize":
            self.send(200, tokenized(body))
            return
        prompt = prompt_of(body)
        with server.lock:
            server.asked[prompt] += 1
            # one prompt is asked once for each seed, so each has faults of its own
            own = (prompt, body.get("seed"), json.dumps(body.get("label_token_ids")))
            server.met[repr(own)] += 1
            tries = server.met[repr(own)]
        self.go_wrong_or_right(fault_of(server, prompt, own, tries), body, prompt)

    def go_wrong_or_right(self, fault: str, body: dict[str, Any], prompt: str) -> None:
        server = self.server
        sleeping = {"Retry-After": server.after}
        reply = reply_to(self.path, body, prompt, server)
        if fault in ("429", "500", "503", "429 after", "503 after"):
            status = int(fault[:3])
            self.send(status, {"error": {"message": "busy"}}, sleeping if "after" in fault else {})
        elif fault in ("reset", "reset in body"):
            self.reset(json.dumps(reply).encode() if fault == "reset in body" else b"")
        elif fault == "slow":
            self.drip(json.dumps(reply).encode())
        elif fault == "truncated":
            self.raw(json.dumps(reply).encode()[:-20])
        elif fault == "not json":
            self.raw(b"<html>Bad gateway</html>")
        elif fault and (broken := spoiled(fault, reply)) != reply:
            if fault == "disorder":
                with server.lock:
                    server.good[prompt] += 1
            self.send(200, broken)
        else:
            with server.lock:
                server.good[prompt] += 1
                server.drawn[prompt, body.get("seed")] += 1
            self.send(200, reply)

    def send(self, status: int, value: object, headers: Mapping[str, str] = {}) -> None:
        self.raw(json.dumps(value).encode(), status, headers)

    def raw(self, content: bytes, status: int = 200, headers: Mapping[str, str] = {}) -> None:
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", "Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(content)

    def reset(self, content: bytes) -> None:
        """End the connection at once, half-way through the content when there is some."""
        if content:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR) if content else self.connection.close()

    def drip(self, content: bytes) -> None:
        """A byte now and then, which no limit on silence ever notices."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        end = time.monotonic() + self.server.slow
        at = 0
        while time.monotonic() < end and at < len(content) - 1:
            self.wfile.write(content[at : at + 1])
            self.wfile.flush()
            at += 1
            time.sleep(0.05)
        self.close_connection = True


def prompt_of(body: Mapping[str, Any]) -> str:
    """The text that identifies a prompt."""
    if "messages" in body:
        return "\n".join(one["content"] for one in body["messages"])
    if "query" in body:
        return text_of([*body["query"], *body["items"][0]])
    return str(body["prompt"])


def tokenized(body: Mapping[str, Any]) -> dict[str, object]:
    text = prompt_of(body)
    tokens = tokens_of(text)
    return {"tokens": tokens, "count": len(tokens), "max_model_len": 4096}


def fault_of(server: FaultServer, prompt: str, own: object, tries: int) -> str:
    """What goes wrong with a request; nothing for an empty text."""
    if prompt == server.stuck:
        return "slow"
    drawn = number(server.seed, "which", own, tries)
    if number(server.seed, "poisoned", prompt) < server.poisoned:
        return str(("500", "truncated", "reset")[int(drawn * 3)])
    if number(server.seed, "whether", own, tries) >= server.faults:
        return ""
    return server.kinds[int(drawn * len(server.kinds))]


def reply_to(path: str, body: Mapping[str, Any], prompt: str, server: FaultServer) -> dict[str, Any]:
    """The right reply, in the published shape of each route."""
    usage = {"prompt_tokens": len(prompt), "completion_tokens": 1, "total_tokens": len(prompt) + 1}
    head: dict[str, Any] = {"id": "r-1", "created": 1, "model": body["model"], "usage": usage}
    listed = token_mass(prompt)
    if path == "/v1/score":
        rows = [[listed.get(text_of([one]), 0.0) for one in body["label_token_ids"]]]
        if "apply_softmax" in server.drops:
            rows = [[one / sum(rows[0]) for one in rows[0]]]
        return {**head, "object": "scoring", "scores": rows}
    if path == "/generative_scoring":
        score = listed.get(text_of(body["label_token_ids"][:1]), 0.0)
        if "apply_softmax" in server.drops:
            score = 1.0
        return {**head, "object": "list", "data": [{"index": 0, "object": "score", "score": score}]}
    chat = path.endswith("chat/completions")
    choices = []
    for k in range(body.get("n", 1)):
        seed = 0 if "sampling" in server.drops else (body.get("seed") or 0) + 1000 * k
        text = told(prompt, seed)
        choice: dict[str, Any] = {"index": k, "finish_reason": "stop"}
        choice |= {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
        if body.get("logprobs") and "logprobs" not in server.drops:
            choice["logprobs"] = logprobs(body, listed, chat, server)
        choices.append(choice)
    return {**head, "object": "chat.completion" if chat else "text_completion", "choices": choices}


def logprobs(body: Mapping[str, Any], listed: Mapping[str, float], chat: bool, server: FaultServer) -> dict[str, Any]:
    wanted = min(body.get("top_logprobs", 0) if chat else body["logprobs"], server.top)
    rows = sorted(listed.items(), key=lambda one: -one[1])[:wanted]
    ids = body.get("logprob_token_ids")
    if ids and "logprob_token_ids" not in server.drops:
        # the drawn token comes first, asked for or not
        rows = [("Well", 0.02), *((text_of([one]), listed.get(text_of([one]), 1e-9)) for one in ids)]
    spelled = {text: f"token_id:{tokens_of(text)[0]}" if ids else text for text, _ in rows}
    pairs = [(text, math.log(share)) for text, share in rows]
    if not chat:
        return {"top_logprobs": [{spelled[text]: value for text, value in pairs}]}
    top = [{"token": spelled[t], "bytes": list(t.encode()), "logprob": value} for t, value in pairs]
    return {"content": [{**top[0], "top_logprobs": top}]}


def spoiled(fault: str, reply: dict[str, Any]) -> object:
    """A reply that is JSON and wrong."""
    made: Any = json.loads(json.dumps(reply))
    if fault == "wrong json":
        return {"choices": "none"}
    choices = made.get("choices")
    if fault in ("nan", "above one"):
        value = math.nan if fault == "nan" else 1.5
        if "scores" in made:
            made["scores"][0][0] = value
        elif "data" in made:
            made["data"][0]["score"] = value
        elif "logprobs" in choices[0]:
            inner = choices[0]["logprobs"]
            if "content" in inner:
                inner["content"][0]["top_logprobs"][-1]["logprob"] = value
            else:
                inner["top_logprobs"][0]["A"] = value
    elif fault == "no logprobs" and choices:
        choices[0].pop("logprobs", None)
    elif fault == "disorder":
        # right, but in another order: the least likely token first, the last choice first
        for choice in choices or []:
            for place in choice.get("logprobs", {}).get("content", []):
                place["top_logprobs"].reverse()
        if choices:
            choices.reverse()
    elif fault == "twice" and choices:
        made["choices"] = [*choices, *choices]
    return made


@contextmanager
def serve(**settings: Any) -> Iterator[FaultServer]:
    """A running server; see `FaultServer`."""
    with FaultServer(**settings) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
