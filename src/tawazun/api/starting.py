"""A first study file from three answers: which model, which people, what about."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from tawazun.api.finding import find_instruments, find_populations
from tawazun.api.topics import HEADLINES, TOPICS, Pick, find_pick, is_planted, members_of, region_of
from tawazun.data import data_folder
from tawazun.data.tables import ROW, read_table
from tawazun.errors import BadFile, UserError, WriteFailed
from tawazun.instruments import instrument_card
from tawazun.places import Group, Place, groups, place
from tawazun.respondents.endpoint_keys import PROVIDERS, address
from tawazun.respondents.recorded import PLACES, SAID
from tawazun.study import Study, study_from

Kind = Literal["hf", "endpoint", "recorded"]
KINDS: dict[Kind, str] = {
    "hf": "a model of the Hugging Face Hub or of a folder; `planted` to try without any",
    "endpoint": "a model behind an interface: OpenAI and its likes, vLLM, SGLang",
    "recorded": "answers that you have already, as a table",
}
OPENAI = "https://api.openai.com/v1"
CONTRAST = ("USA", "SWE")
PLANTED_CONTRAST = ("x-norvane", "x-sahelia")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a first study is to be about.

    model      a Hub id, a folder, `planted`; the server's name of a model; a table of answers
    people     a place or a group
    base_url   where an endpoint answers; OpenAI's own address when empty
    """

    kind: Kind
    model: str
    people: Place | Group
    languages: tuple[str, ...]
    topic: str
    base_url: str = ""


def study_text(wish: Wish, file: Path) -> str:
    """The study file, with comments; it loads.

    file     where it will lie: a table of answers is named from there
    Errors   UserError for answers that do not go together; BadFile for a table that cannot be read
    """
    if not wish.model.strip() or not wish.model.isprintable():
        raise UserError(f"a model has a name of printable letters, not {wish.model!r}")
    found = find_pick(wish.topic, wish.people, wish.languages)
    lines = [*_head(wish, found, file), *_respondent(wish, found, file.parent), *_ask(wish, found)]
    text = "\n".join([*lines, *_measure(wish, found), *_gates(wish, found), ""])
    study_from(tomllib.loads(text), file.name)
    return text


def write_study(text: str, file: Path) -> None:
    """Write a new file. Errors: UserError when there is one already; WriteFailed."""
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text)
    except FileExistsError as error:
        raise UserError(f"{file} is there already and stays as it is; give another name: tawazun init FILE") from error
    except OSError as error:
        raise WriteFailed(f"{file}: cannot be written ({error.strerror})") from error


def what_is_missing(study: Study, data: Path | None) -> str:
    """What a study's questions or people still need, in one line; empty when everything is there."""
    try:
        where = data_folder(data)
        find_instruments(study, Path(), where)
        find_populations(study, Path(), where)
    except BadFile as error:
        names = [name for name in study.ask.instruments if instrument_card(name)]
        how = f"; tawazun fetch {names[0]} --data DIR brings it" if names and data is None else ""
        return f"{error}{how}"
    return ""


def absent_people(wish: Wish, study: Study, data: Path | None) -> tuple[str, ...]:
    """The wished places whose people are in none of the study's sources; empty where that cannot be told."""
    if not study.measure.populations or what_is_missing(study, data):
        return ()
    there = {one.place for one in find_populations(study, Path(), data_folder(data))}
    return tuple(place(code).english for code in members_of(wish.people) if code not in there)


def _quoted(text: str) -> str:
    # a TOML string is a JSON string but for the one control sign that JSON leaves alone
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _listed(items: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_quoted, items))}]"


def _called(people: Place | Group) -> str:
    return people.title if isinstance(people, Group) else people.english


def _head(wish: Wish, found: Pick, file: Path) -> Iterator[str]:
    name, run = file.name, file.stem + "-run"
    yield f"# {_called(wish.people)}: {TOPICS[wish.topic].title}."
    yield from (f"# {note}" for note in found.notes)
    yield "#"
    yield f"#   tawazun run {name} --out {run} --dry-run    # what it will ask, and what that costs"
    yield f"#   tawazun run {name} --out {run}              # ask, measure, write {run}/report.html"
    yield "version = 1"
    yield f"name = {_quoted(f'{wish.model} and {_called(wish.people)}: {wish.topic}'[:200])}"
    yield "seed = 1                     # decides orders and draws; change it on purpose only"


def _respondent(wish: Wish, found: Pick, folder: Path) -> Iterator[str]:
    yield ""
    yield "[[respondent]]               # who is asked; a study may have several"
    yield f"name = {_quoted(wish.model)}   # a label"
    yield f'kind = "{wish.kind}"'
    if wish.kind == "recorded":
        yield from _recorded(wish, found, folder)
        return
    yield f"model = {_quoted(wish.model)}"
    if wish.kind == "endpoint":
        yield from _endpoint(wish)
    elif wish.model != "planted":
        yield '# revision = "main"         # better: a commit, so that the same model is asked again'
        yield '# adapter = "DIR"           # a LoRA, a soft prompt or a steering'


def _endpoint(wish: Wish) -> Iterator[str]:
    url = wish.base_url or OPENAI
    _, host, _ = address(url, "the model")
    yield f"base_url = {_quoted(url)}"
    key = next((name for name, where in PROVIDERS.items() if urlsplit(where).netloc == host), "")
    if key:
        yield f'key_env = "{key}"   # the name of the variable that holds the key, never the key'
    else:
        yield f'# key_env = "MY_KEY"        # where it needs a key; then also --allow-host {host} on the command line'
    yield '# options = { prices = { prompt = 0.15, reply = 0.60, currency = "USD" } }   # per million tokens'


def _recorded(wish: Wish, found: Pick, folder: Path) -> Iterator[str]:
    file = Path(wish.model)
    yield f"file = {_quoted(wish.model)}"
    table = file if file.is_absolute() else folder / file
    headers = read_table(table).columns
    known = [name for name in headers if name in (*PLACES, *SAID)]
    theirs = ", ".join(name for name in headers if name.isprintable() and name not in known and name != ROW)[:200]
    if "question" not in known or not set(SAID) & set(known):
        yield "# say which of your columns is ours: question, and option with share or count, or text, value, mean"
        yield '# columns = { question = "YOURS", option = "YOURS", share = "YOURS" }'
    if theirs:
        yield f"# columns of yours that are not used: {theirs}"
    given = {"instrument": found.instruments[wish.languages[0]], "language": wish.languages[0]}
    filled = {name: value for name, value in given.items() if name not in known}
    if filled:
        pairs = ", ".join(f"{name} = {_quoted(value)}" for name, value in filled.items())
        yield f"fill = {{ {pairs} }}   # what no column says"


def _ask(wish: Wish, found: Pick) -> Iterator[str]:
    instruments = tuple(dict.fromkeys(found.instruments[language] for language in wish.languages))
    yield ""
    yield "[ask]                        # every line is a factor of the experiment"
    yield f"instruments = {_listed(instruments)}"
    if wish.kind == "recorded":
        return
    if not found.exam:
        yield f"personas = {_listed(_personas(wish))}   # nobody, a person, the people, another people"
    yield f"languages = {_listed(wish.languages)}"
    if found.wordings > 1:
        yield f"wordings = {found.wordings}                 # a number from one wording is about that wording"
    if not found.exam:
        yield 'orders = ["forward", "reversed"]   # what the order of the options does, is told apart'
    elif set(wish.languages) == {"ar"}:
        yield 'labels = ["ar-letters"]'
    if wish.kind == "endpoint":
        yield from _drawn(found)


def _drawn(found: Pick) -> Iterator[str]:
    yield '# probabilities instead of replies: mode = "logprob", where the server shows them (docs/endpoints.md)'
    if found.exam:
        yield 'mode = "generate"'
        yield "decoding = [{ temperature = 0, max_tokens = 64 }]"
        return
    yield 'mode = "sample"'
    yield "samples = 5                  # replies to each prompt; more make narrower intervals"
    yield "decoding = [{ temperature = 1, max_tokens = 64 }]"


def _personas(wish: Wish) -> tuple[str, ...]:
    people = wish.people.id if isinstance(wish.people, Group) else wish.people.code
    other = PLANTED_CONTRAST if is_planted(wish.people) else CONTRAST
    contrast = [code for code in other if code not in members_of(wish.people)][:1]
    return ("none", "human", people, *contrast)


def _measure(wish: Wish, found: Pick) -> Iterator[str]:
    yield ""
    yield "[measure]                    # change it freely: `tawazun measure` asks nothing again"
    if not found.exam:
        yield f"populations = {_listed(_populations(wish, found))}"
        if region := region_of(wish.people):
            size = len(groups()[region].members)
            yield f"groups = {_listed((region,))}   # this people, or just its region? ({size} places)"
    primary = HEADLINES.get(found.instruments[wish.languages[0]], found.primary)
    yield f'primary = "{primary}"   # what the study stands or falls by; everything else is measured as well'
    yield "# smallest_effect = 0.05     # the smallest difference that would matter to you; then: tawazun freeze"


def _populations(wish: Wish, found: Pick) -> tuple[str, ...]:
    """All people of the sources; of the planted world its region and the people it is contrasted with."""
    if not is_planted(wish.people):
        return found.populations
    region = region_of(wish.people)
    named = (region, *(code for code in _personas(wish)[3:] if code not in groups()[region].members))
    return tuple(f"{source}/{place}" for source in found.populations for place in named)


def _gates(wish: Wish, found: Pick) -> Iterator[str]:
    yield ""
    yield "# [gates]                    # when a measurement is too weak to be read; these are the usual ones"
    yield "# allowed_mass = 0.9         # at least so much probability on the options"
    yield "# refusal_rate = 0.1         # at most so many refusals"
