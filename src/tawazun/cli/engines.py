"""Options of commands whose work may be done by many workers."""

from typing import Annotated

import typer

Name = Annotated[
    str, typer.Option(metavar="local|ray", help="Where local models compute: this process, or the workers of Ray.")
]
Address = Annotated[
    str,
    typer.Option(
        metavar="HOST:PORT",
        envvar="RAY_ADDRESS",
        help="The Ray cluster to join; else --engine ray starts one on this machine.",
        show_default=False,
    ),
]
Workers = Annotated[
    int, typer.Option(help="Workers per respondent of --engine ray; 0 = one per GPU, else one per CPU slot.")
]
