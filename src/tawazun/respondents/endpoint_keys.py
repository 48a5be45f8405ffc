"""Where prompts go, and which key may go with them.

A key is read from the environment when the first question is asked, is sent to the default host of the provider whose
variable it is and to no other unless the command line allows that host, and stands in no text that is kept.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, quote_plus, urlsplit

from tawazun.errors import BadStudy, Refused
from tawazun.respondents.records import Settings

# the variable that usually holds a provider's key -> where that provider answers
PROVIDERS = {
    "OPENAI_API_KEY": "https://api.openai.com/v1",
    "ANTHROPIC_API_KEY": "https://api.anthropic.com/v1",
    "GEMINI_API_KEY": "https://generativelanguage.googleapis.com/v1beta/openai",
    "MISTRAL_API_KEY": "https://api.mistral.ai/v1",
    "DEEPSEEK_API_KEY": "https://api.deepseek.com/v1",
    "GROQ_API_KEY": "https://api.groq.com/openai/v1",
    "TOGETHER_API_KEY": "https://api.together.xyz/v1",
    "FIREWORKS_API_KEY": "https://api.fireworks.ai/inference/v1",
    "OPENROUTER_API_KEY": "https://openrouter.ai/api/v1",
    "XAI_API_KEY": "https://api.x.ai/v1",
    "HF_TOKEN": "https://router.huggingface.co/v1",
}
HIDDEN = "[key]"
# what a server may quote of a key, whole or with stars in the middle
KEY_LIKE = re.compile(r"(?:sk|hf|gsk|xai)[-_][\w*.-]{6,}|Bearer\s+\S+", re.I)
KEY_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD)S?$", re.I)
# what stands in a study where a key was written down: the name of its setting, or its look
SECRET_NAME = re.compile(r"^(x-)?(api[-_]?key|apikey|authorization|bearer|access[-_]?token|secret|password)$", re.I)
# large and small letters and digits, which names of hosts and models seldom mix
SECRET = re.compile(
    r"\b(?:sk|gsk|hf|xai)[-_](?=\S*\d)(?=\S*[A-Z])(?=\S*[a-z])[A-Za-z0-9_-]{20,}|\b(?i:Bearer)\s+\S{8,}"
)
PIECE = 8  # so many characters of a key are as good as the whole: servers quote its ends
SHOWN = 200


@dataclass(frozen=True, slots=True)
class Server:
    """A server and the variable with its key.

    base_url   without a slash at its end
    host       host and port, as `--allow-host` spells it
    key_env    empty when no key is sent
    """

    base_url: str
    host: str
    key_env: str

    @property
    def root(self) -> str:
        """Where a server has the routes that stand beside `/v1`."""
        return self.base_url.removesuffix("/v1")

    def key(self) -> str:
        """The key, empty when none is sent. Errors: BadStudy when its variable is empty."""
        if not self.key_env:
            return ""
        key = os.environ.get(self.key_env, "").strip()
        if not key:
            raise BadStudy(f"key_env: the environment variable {self.key_env} is empty; nothing was sent")
        return key


def find_server(settings: Settings) -> Server:
    """The server of a respondent. Errors: BadStudy for an address that is none; Refused for a key on a strange host."""
    who = f"respondent {settings.name}"
    url = (settings.base_url or PROVIDERS.get(settings.key_env, "")).rstrip("/")
    if not url:
        raise BadStudy(f"{who}: base_url is missing (and key_env names no provider that is known)")
    scheme, host, query = address(url, who)
    if query:
        raise BadStudy(f"{who}: base_url ends before its ?")
    if settings.key_env and not re.fullmatch(r"[A-Za-z_]\w*", settings.key_env):
        raise BadStudy(f"{who}: key_env is the name of an environment variable, such as OPENAI_API_KEY")
    if settings.key_env and not allowed(scheme, host, settings.allow_hosts):
        default = PROVIDERS.get(settings.key_env, "")
        if host != urlsplit(default).netloc or scheme != "https":
            raise Refused(
                f"{who}: {settings.key_env} is not sent to {scheme}://{host}"
                + (f", only to {default}" if default else "")
                + f"; to send it there{in_the_clear(scheme, host)}, add --allow-host {spelled(scheme, host)}"
            )
    refuse_secrets(settings, who)
    return Server(url, host, settings.key_env)


def address(url: str, who: str) -> tuple[str, str, str]:
    """Scheme, host with port, and query of an address. Errors: BadStudy."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadStudy(f"{who}: base_url is not an address ({error})") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise BadStudy(f"{who}: base_url is an address such as https://api.openai.com/v1")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return parts.scheme, f"{name}:{port}" if port else name, parts.query or parts.fragment


def allowed(scheme: str, host: str, hosts: Sequence[str]) -> bool:
    """Whether the command line allows a host, named with its port or without.

    Over http anybody on the way can read a key, so a host that is not this machine is then named with `http://`.
    """
    names = {host, host.removesuffix(":" + host.rpartition(":")[2])}
    begins = ["http://"] if spelled(scheme, host) != host else ["", f"{scheme}://"]
    named = {one.lower().rstrip("/") for one in hosts}
    return any(begin + name in named for begin in begins for name in names)


def spelled(scheme: str, host: str) -> str:
    """A host as `--allow-host` has to name it."""
    return f"http://{host}" if scheme == "http" and not _is_here(host) else host


def in_the_clear(scheme: str, host: str) -> str:
    """What to say of a key on its way to a host."""
    return ", where anybody on the way can read it (https would hide it)" if spelled(scheme, host) != host else ""


def _is_here(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def refuse_secrets(settings: Settings, who: str) -> None:
    """A study file is passed around: no key stands in it. Errors: BadStudy naming the setting, never its value."""
    around = keys_around()
    for where, value in _texts({"model": settings.model, "base_url": settings.base_url, "options": settings.options}):
        name = where.rpartition(".")[2]
        held = SECRET.search(value) or any(key in value for key in around)
        if held or (value and SECRET_NAME.match(name)):
            raise BadStudy(f"{who}: {where} holds a key; keep it in an environment variable")


def _texts(table: Mapping[str, object], begin: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a nested table, with where it stands."""
    for name, value in table.items():
        where = f"{begin}{name}"
        if isinstance(value, Mapping):
            yield from _texts(value, f"{where}.")
        elif isinstance(value, list | tuple):
            yield from _texts({str(at): one for at, one in enumerate(value)}, f"{where}.")
        elif isinstance(value, str):
            yield where, value


def keys_around() -> list[str]:
    """Values of every environment variable that is named as keys are."""
    return [value for name, value in os.environ.items() if KEY_NAME.search(name) and len(value) >= 8]


def without_key(text: str, *keys: str) -> str:
    """A server's text as one short line in which no key stands, nor a long piece of one, nor one spelled for a URL."""
    forms = [form for key in keys if key for form in (key, quote(key, safe=""), quote_plus(key))]
    for form in dict.fromkeys(forms):
        text = _without_pieces(text, form)
    line = " ".join(text.split())
    return KEY_LIKE.sub(HIDDEN, line)[:SHOWN]


def _without_pieces(text: str, key: str) -> str:
    size = min(PIECE, len(key))
    pieces = {key[at : at + size] for at in range(len(key) - size + 1)}
    covered = [False] * len(text)
    for at in range(len(text) - size + 1):
        if text[at : at + size] in pieces:
            covered[at : at + size] = [True] * size
    shown = [
        (HIDDEN if not at or not covered[at - 1] else "") if hidden else letter
        for at, (letter, hidden) in enumerate(zip(text, covered, strict=True))
    ]
    return "".join(shown)
