"""`tawazun init`: three questions, and a study file."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from tawazun.cli.options import AsJson, Data
from tawazun.errors import UserError

if TYPE_CHECKING:
    from tawazun.api.starting import Kind, Wish


TABLES = (".csv", ".tsv", ".jsonl", ".parquet", ".xlsx")
Answer = TypeVar("Answer")


def init(
    file: Annotated[Path, typer.Argument(help="The study file to write; one that is there is left alone.")] = Path(
        "study.toml"
    ),
    model: Annotated[
        str, typer.Option(help="A Hub id, a folder, `planted`; a server's model; a table of answers.")
    ] = "",
    kind: Annotated[str, typer.Option(metavar="hf|endpoint|recorded", help="What the model is; else guessed.")] = "",
    base_url: Annotated[str, typer.Option(help="Where an endpoint answers, such as http://127.0.0.1:8000/v1.")] = "",
    people: Annotated[str, typer.Option(help="A country or group: a code, or a name in any of our languages.")] = "",
    language: Annotated[str, typer.Option(help="Languages to ask in: en, or en,ar.")] = "",
    about: Annotated[str, typer.Option(help="values, opinions, knowledge or trust.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write a first study file: which model, which people, what about. Asks on a terminal what no option says."""
    from tawazun.api import starting
    from tawazun.api.topics import is_planted
    from tawazun.study import load_study

    if file.exists():
        raise UserError(f"{file} is there already and stays as it is; give another name: tawazun init FILE")
    if not file.parent.is_dir():
        raise UserError(f"{file}: there is no folder {file.parent}; make it first, or give another place")
    wish = _wish(_given(model=model, kind=kind, base_url=base_url, people=people, language=language, about=about))
    starting.write_study(starting.study_text(wish, file), file)
    study = load_study(file)
    missing, absent = starting.what_is_missing(study, data), starting.absent_people(wish, study, data)
    if as_json:
        typer.echo(json.dumps({"study": str(file), "missing": missing, "absent": list(absent)}, ensure_ascii=False))
        return
    typer.echo(f"wrote {file}")
    if missing:
        typer.echo(f"first: {missing}")
    if absent:
        more = f" and {len(absent) - 3} more" if len(absent) > 3 else ""
        source = ", ".join(study.measure.populations)
        typer.echo(
            f"note: people of {', '.join(absent[:3])}{more} are not in {source}; they can be played, not compared"
        )
    if wish.model == "planted" and not is_planted(wish.people):
        typer.echo("note: the planted model knows invented peoples only (Sahelia, Rimalia …); of others it says little")
    if _looks_like_a_folder(wish) and not Path(wish.model).exists():
        typer.echo(
            f"note: there is no {wish.model} here yet, and a name that begins so is a folder, not a model of the Hub"
        )
    typer.echo(f"next: tawazun run {file} --out {file.stem}-run --dry-run")


def _looks_like_a_folder(wish: "Wish") -> bool:
    return wish.kind == "hf" and wish.model.startswith((".", "/", "~"))


def is_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty()


def _given(**options: str) -> Mapping[str, str]:
    """The options; on a terminal, none has to be given. Errors: UserError naming those that are needed."""
    needed = [name for name in ("model", "people", "about") if not options[name]]
    if needed and not is_terminal():
        flags = " ".join(f"--{name} …" for name in needed)
        raise UserError(f"there is no terminal to ask on; say it with options: tawazun init FILE {flags}")
    return options


def _wish(given: Mapping[str, str]) -> "Wish":
    from tawazun.api.starting import Wish
    from tawazun.api.topics import find_pick, offered_topics, pick, usual_languages
    from tawazun.places import called

    kind, model, base_url = _model(given)
    usual_people = "Sahelia" if model == "planted" else "Egypt"
    people = _answered(given["people"], "Which people? A country or group, in any language", usual_people, called)
    topics = offered_topics(people)
    about = _one_of("What about?", topics, given["about"], "values" if "values" in topics else next(iter(topics)))
    usual = usual_languages(about, people)
    found = pick(about, people)
    assert found is not None

    def read(spelled: str) -> tuple[str, ...]:
        languages = tuple(dict.fromkeys(part.strip() for part in spelled.split(",") if part.strip()))
        find_pick(about, people, languages or usual)
        return languages or usual

    asks = is_terminal() and not (given["people"] and given["about"])
    said = given["language"] or ("" if asks else ",".join(usual))
    languages = _answered(said, f"In which languages? ({', '.join(found.instruments)})", ",".join(usual), read)
    return Wish(kind, model, people, languages, about, base_url)


def _model(given: Mapping[str, str]) -> tuple["Kind", str, str]:
    from tawazun.api.starting import KINDS, OPENAI

    named, kind, base_url = given["model"], given["kind"], given["base_url"]
    if named and not kind:
        kind = "endpoint" if base_url else "recorded" if Path(named).suffix.lower() in TABLES else "hf"
    chosen = _one_of("Which model?", KINDS, kind, "hf")
    what = {"hf": "Hub id, folder or planted", "endpoint": "Its name at the server", "recorded": "The table of answers"}
    model = named or str(typer.prompt(what[chosen], "planted" if chosen == "hf" else None))
    if chosen == "endpoint" and not base_url and not named:
        base_url = str(typer.prompt("Where it answers", OPENAI))
    return chosen, model, base_url


def _one_of(question: str, offered: Mapping[Answer, str], said: str, usual: str) -> Answer:
    """One of the offered names, from the option or asked for. Errors: UserError for another word in the option."""
    names = {str(name): name for name in offered}

    def read(word: str) -> Answer:
        if word not in names:
            raise UserError(f"{word!r} is none of {', '.join(names)}")
        return names[word]

    if not said:
        typer.echo(question)
        for name, title in offered.items():
            typer.echo(f"  {name!s:10} {title}")
    return _answered(said, "  your choice" if not said else question, usual, read)


def _answered(said: str, question: str, usual: str, read: Callable[[str], Answer]) -> Answer:
    """What an option says, or what is asked until it can be read. Errors: UserError of an option."""
    if said:
        return read(said)
    while True:
        try:
            return read(str(typer.prompt(question, usual)).strip())
        except UserError as error:
            typer.echo(f"  {error}")
