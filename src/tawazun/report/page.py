"""The page of a run, put together from its folder."""

from html import escape

from tawazun.runs import Run


def page(run: Run) -> str:
    """The page of a run as one HTML text."""
    rows = "".join(f"<tr>{''.join(f'<td>{escape(str(v))}</td>' for v in row)}</tr>" for row in run.scores.rows())
    return f"<!doctype html><meta charset=utf-8><title>{escape(run.study.name)}</title><table>{rows}</table>"
