"""The commands, in the order and under the headings of `tawazun --help`. Each imports what it needs when it runs."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from tawazun.cli import (
    ablating,
    adapting,
    auditing,
    caching,
    cards,
    comparing,
    components,
    data_audits,
    doctoring,
    exporting,
    importing,
    judging,
    looking,
    merging,
    predicting,
    preferring,
    prompting,
    rating,
    reinforcing,
    reporting,
    representation,
    running,
    starting,
    subsets,
    training,
)
from tawazun.version import VERSION

Panels = Mapping[str, Mapping[str, Callable[..., Any] | typer.Typer]]

app = typer.Typer(
    name="tawazun",
    help="How far is a language model from the people it should serve, why, and how to bring it closer.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

PANELS: Panels = {
    "Begin": {"demo": running.demo, "init": starting.init, "doctor": doctoring.doctor},
    "What is on offer": {"list": looking.list_, "show": looking.show, "fetch": looking.fetch},
    "Measure": {
        "run": running.run, "measure": running.measure, "merge": merging.merge, "report": reporting.report,
        "cache": caching.cache,
    },
    "Conclude": {
        "compare": comparing.compare, "claim": comparing.claim, "power": comparing.power, "freeze": comparing.freeze,
    },
    "Models and data": {"adapt": adapting.app, "audit": auditing.app},
    "People and judges": {"judge": judging.app, "rate": rating.app},
    "Other tools": {"import": importing.import_, "reread": importing.reread, "export": exporting.app},
}  # fmt: skip

ADAPT: Panels = {
    "Without training its weights": {"prompts": prompting.prompts, "soft-prompt": adapting.soft_prompt},
    "Training": {
        "pretrain": training.pretrain, "sft": training.sft, "preferences": preferring.preferences,
        "reward": preferring.reward, "rlaif": reinforcing.rlaif,
    },
    "Evidence": {"ablation": ablating.ablation},
}  # fmt: skip

AUDIT: Panels = {
    "A training set": {
        "data": data_audits.data, "page": data_audits.page, "card": cards.card,
        "representation": representation.representation, "people": representation.people,
    },
    "Many training sets: what their structure does": {
        "components": components.components, "association": predicting.association, "predict": predicting.predict,
        "subsets": subsets.subsets, "recipes": subsets.recipes, "effects": subsets.effects,
    },
    "A benchmark": {"benchmark": auditing.benchmark},
}  # fmt: skip


def fill(into: typer.Typer, panels: Panels) -> None:
    """Put commands and groups of commands under their headings."""
    for heading, commands in panels.items():
        for name, command in commands.items():
            if isinstance(command, typer.Typer):
                into.add_typer(command, name=name, rich_help_panel=heading)
            else:
                into.command(name=name, rich_help_panel=heading)(command)


fill(app, PANELS)
fill(adapting.app, ADAPT)
fill(auditing.app, AUDIT)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(VERSION)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Tawazun."""
