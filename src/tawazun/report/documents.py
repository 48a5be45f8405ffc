"""Pages of audits: one template, the shared style, nothing that runs and nothing from outside."""

from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from tawazun.report import embed
from tawazun.version import VERSION


def document(template: str, *, styles: tuple[str, ...] = ("style.css",), **values: Any) -> str:
    """A page from a template of this package; values are escaped, and its policy allows these styles only."""
    style = "".join(files("tawazun.report").joinpath(name).read_text(encoding="utf-8") for name in styles)
    environment = Environment(
        loader=PackageLoader("tawazun.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    policy = (
        f"default-src 'none'; style-src {embed.fingerprint(style)}; img-src data:; base-uri 'none'; form-action 'none'"
    )
    return environment.get_template(template).render(style=style, policy=policy, version=VERSION, **values)
