"""What `compare`, `claim`, `power` and `freeze` read from the command line and print."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import typer

from tawazun.claims import Finding
from tawazun.claims.asked import Family
from tawazun.claims.comparison import Comparison
from tawazun.claims.differences import Difference
from tawazun.claims.freezing import freeze_text, refuse_answers
from tawazun.claims.group_comparison import GroupComparison
from tawazun.claims.models import Groups
from tawazun.claims.power import QUESTIONS, Asking, Power
from tawazun.errors import UserError
from tawazun.runs.writing import write_text
from tawazun.studies import claim_file

MOST = 60


def split_runs(words: Sequence[str], groups: Sequence[str], blocks: Sequence[str]) -> tuple[list[Path], Groups | None]:
    """Run folders and groups of a command line; `--group a=x,y b=z` may name the second group without `--group`.

    Errors   UserError for a word that is neither, or when there are not two groups
    """
    named, families, runs = list(groups), list(blocks), []
    for word in words:
        if "=" in word and not Path(word).exists():
            (named if len(named) < 2 else families).append(word)
        else:
            runs.append(Path(word))
    if not runs:
        raise UserError("compare: no run folder was given")
    if not named:
        if families:
            raise UserError("--block goes with two --group")
        return runs, None
    pairs = [_members(word, "--group") for word in named]
    if len(pairs) != 2:
        raise UserError(
            f"--group: two groups are compared, such as --group regional=a,b --group global=c,d, not {len(pairs)}"
        )
    inside = {label: name for name, labels in (_members(word, "--block") for word in families) for label in labels}
    return runs, Groups(pairs[0], pairs[1], inside)


def _members(word: str, option: str) -> tuple[str, tuple[str, ...]]:
    name, equals, labels = word.partition("=")
    found = tuple(label.strip() for label in labels.split(",") if label.strip())
    if not (name and equals and found):
        raise UserError(f"{option} {word!r}: write NAME=LABEL,LABEL")
    return name, found


def read_family(word: str) -> tuple[Family, int]:
    """(which rows are one family, number of tests) of `--family`. Errors: UserError."""
    if word == "all":
        return "all", 0
    if word == "population":
        return "population", 0
    if word.isdigit() and int(word) > 0:
        return "all", int(word)
    raise UserError(f"--family {word!r}: write all, population, or the number of tests that were planned")


def read_question(word: str) -> Asking:
    """The question of `power --kind`. Errors: UserError."""
    for known in QUESTIONS:
        if word == known:
            return known
    raise UserError(f"--kind {word!r}: write {', '.join(QUESTIONS)}")


def read_pair(word: str) -> tuple[str, str] | None:
    """Two labels of `--between A,B`; None when nothing was written. Errors: UserError."""
    if not word:
        return None
    labels = [label.strip() for label in word.split(",")]
    if len(labels) != 2 or not all(labels):
        raise UserError(f"--between {word!r}: write two respondents, A,B")
    return labels[0], labels[1]


def freezable(path: Path) -> None:
    """Refuse to freeze what has answers. Errors: Refused for a run folder with answers, BadFile for another folder."""
    if path.is_dir():
        refuse_answers(path)
        raise UserError(f"{path}: freeze the study file, not the run folder")


def put_frozen(path: Path, table: Mapping[str, Any], *, write: bool, as_json: bool) -> None:
    """Add the `[frozen]` table to a study file, and print it."""
    text = freeze_text(table)
    if write:
        content = path.read_text(encoding="utf-8-sig")
        note = "# written by `tawazun freeze`; a run keeps what it was when its first answer was asked for"
        write_text(path, f"{content.rstrip()}\n\n{note}\n{text}")
    if as_json:
        print_json({"study": str(path), "written": write, "frozen": table})
        return
    typer.echo(text.rstrip())
    typer.echo(f"# {'added to' if write else 'not added to'} {path}")
    if table["recorded"]:
        names = ", ".join(table["recorded"])
        typer.echo(f"# exploratory all the same: {names} (recorded answers were there before this)")


def find_claim(word: str) -> Path:
    """A claim file, or the shipped claim of that name. Errors: UnknownName when it is neither."""
    path = Path(word)
    return path if path.suffix == ".toml" or path.exists() else claim_file(word)


def plain(value: Any) -> Any:
    """A record as JSON can hold it; what is not finite becomes null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {key: plain(inner) for key, inner in asdict(value).items()}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def print_json(value: Any) -> None:
    """One JSON object."""
    typer.echo(json.dumps(plain(value), ensure_ascii=False, indent=1))


def print_finding(found: Finding, as_json: bool) -> None:
    """A claim's verdict with its reason, numbers, needs and limits."""
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found.verdict.upper()}: {found.claim}")
    typer.echo(f"  {found.reason}")
    typer.echo(f"  {found.sentence}")
    if found.smallest_effect is not None:
        typer.echo(f"  smallest effect of interest: {found.smallest_effect:.3g}, {found.smallest_effect_from}")
    typer.echo(f"  test: {found.method}")
    if found.family > 1:
        typer.echo(f"  {found.family} claims are tested together: alpha {found.alpha:.3g}, level {found.level:.4g}")
    for need in found.needs:
        amount = f"{need.need:,} {need.unit}" if need.need is not None else f"no number of {need.unit}"
        enough = need.need is not None and need.need <= need.have
        typer.echo(f"  {'enough' if enough else 'needed'}: {amount} (there are {need.have:,}) {need.why}")
    for line in found.limits:
        typer.echo(f"  limit: {line}")


def print_comparison(found: Comparison, as_json: bool) -> None:
    """Differences, places and limits."""
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found.family}; alpha {found.alpha:g}" + ("; exploratory" if found.exploratory else ""))
    block: tuple[str, ...] = ()
    for row in found.differences[:MOST]:
        here = (row.population, row.persona, row.language)
        if here != block:
            block = here
            typer.echo(f"{row.population} ({row.instrument}, persona {row.persona}, {row.language}, {row.measure})")
        typer.echo(f"  {_line(row)}")
    if len(found.differences) > MOST:
        typer.echo(f"  … {len(found.differences) - MOST} more; --json prints all")
    for place in found.places[:MOST]:
        span = f"{place.best}" if place.best == place.worst else f"{place.best} to {place.worst}"
        typer.echo(f"  place {span} for {place.population}: {place.respondent} ({place.closeness:.3f})")
    for line in found.limits:
        typer.echo(f"limit: {line}")


def _line(row: Difference) -> str:
    span = f"[{row.low:.3f}, {row.high:.3f}]" if row.low is not None and row.high is not None else "(no interval)"
    p = "no test" if row.p_holm is None else f"p {row.p_holm:.3g} (Holm), {row.p_bh:.3g} (BH)"
    least = "" if row.minimum_p is None else f", smallest attainable {row.minimum_p:.2g}"
    words = {
        "first is closer": f"{row.first} is closer",
        "second is closer": f"{row.second} is closer",
        "first scores higher": f"{row.first} scores higher",
        "second scores higher": f"{row.second} scores higher",
    }
    outcome = words.get(row.outcome, row.outcome)
    delta = "" if row.smallest_effect is None else f"; smallest effect {row.smallest_effect:.3g}"
    why = f" — {row.why}" if row.why else ""
    return f"{row.first} against {row.second}: {row.value:+.3f} {span}, {p}{least}{delta}: {outcome}{why}"


def print_groups(found: GroupComparison, as_json: bool) -> None:
    """Groups of models against each population."""
    if as_json:
        print_json(found.rows)
        return
    note = "; exploratory" if found.exploratory else ""
    typer.echo(
        f"{found.tests} comparison(s) of groups, a model is the unit; Holm over all; alpha {found.alpha:g}{note}"
    )
    for one, outcome, p_holm, p_bh in zip(found.contrasts, found.outcomes, found.p_holm, found.p_bh, strict=True):
        interval = one.interval(found.level)
        span = f"[{interval[0]:.3f}, {interval[1]:.3f}]" if interval else "(no interval)"
        p = "no test" if p_holm is None or p_bh is None else f"p {p_holm:.3g} (Holm), {p_bh:.3g} (BH)"
        if one.test is not None:
            p += f", smallest attainable {min(1.0, 2 * one.test.minimum_p):.2g}"
        names = f"{one.groups.first[0]} ({one.counts[0]}) against {one.groups.second[0]} ({one.counts[1]})"
        typer.echo(f"{one.target.name} ({one.view.words}): {names}: {one.value:+.3f} {span}, {p}: {outcome}")
        delta = one.interest.value
        typer.echo(
            f"  smallest effect of interest: {'none' if delta is None else f'{delta:.3g}'}, {one.interest.origin}"
        )
        for label, value in one.values.items():
            typer.echo(f"  {label}: {value:.3f}")
    for line in found.limits:
        typer.echo(f"limit: {line}")


def print_power(found: Power, as_json: bool) -> None:
    """What a design can do."""
    if as_json:
        print_json(found)
        return
    design, spreads = found.design, found.spreads
    typer.echo(f"{found.question}: power {found.power:.3f} at an effect of {found.effect:g}")
    if found.found is not None:
        typer.echo(f"  to find a difference at all, however small: {found.found:.3f}")
    exact = "exact probabilities" if not isfinite(design.replies) else f"{design.replies:g} replies"
    typer.echo(
        f"  design: {design.wordings} wordings x {design.inner} framings, {exact}, {design.items} items, "
        f"{design.places} places, {design.tests} test(s) together, alpha {design.alpha:g}"
    )
    given = {"wording": spreads.wording, "item": spreads.item, "people": spreads.human, "reply": spreads.reply}
    shown = ", ".join(f"{k} {v:.3g}" for k, v in given.items() if v)
    if shown:
        typer.echo(f"  spreads ({spreads.origin}): {shown}")
    delta = "none" if found.smallest_effect is None else f"{found.smallest_effect:.3g}"
    typer.echo(f"  smallest effect of interest: {delta}, {found.smallest_effect_from}")
    share = f"{100 * found.target:g} %"
    if found.smallest is not None:
        typer.echo(f"  smallest effect that reaches {share}: {found.smallest:.3g}")
    if found.question in ("closer", "equivalent"):
        needed = "no number" if found.wordings_needed is None else str(found.wordings_needed)
        typer.echo(f"  wordings for {share}: {needed}")
    if found.wordings_needed_to_find is not None:
        typer.echo(f"  wordings for {share} to find a difference at all: {found.wordings_needed_to_find}")
    if found.minimum_p is not None:
        typer.echo(f"  smallest attainable one-sided p: {found.minimum_p:.2g}")
    for note in found.notes:
        typer.echo(f"  note: {note}")
