"""What the console says of judges: verdicts kept under both orders, agreement with people, ratios of grades."""

import re

import polars as pl

SITTING = r"^(decoding=[^;]*;)?prompt=[^;]*"
BY_SYSTEM = ("judge_ratio", "judge_grade")
HEADS = (
    ("judge_yield", ""),
    ("agreement", "share"),
    ("agreement", "spearman"),
    *((name, "failed=left out") for name in BY_SYSTEM),
)


def judge_lines(overall: pl.DataFrame, most: int) -> list[str]:
    """One line per judge, rubric and headline measure, of readable score rows over items; countries are on the page."""
    about = pl.col("facet").str.replace(f"{SITTING};?", "")
    heads = pl.any_horizontal(*((pl.col("measure") == name) & (about == facet) for name, facet in HEADS))
    whole = (pl.col("group") == "") | pl.col("measure").is_in(BY_SYSTEM)
    judge = ~pl.col("respondent").str.starts_with("ceiling:")
    own = overall.filter(heads & whole & judge).with_columns(about=about)
    lines = []
    for row in own.head(most).iter_rows(named=True):
        sitting = re.match(SITTING, row["facet"])
        prompt = sitting[0].removeprefix("prompt=") if sitting else ""
        of = row["group"].removeprefix("system:") or row["about"]
        span = (
            f" [{row['low']:.3f}, {row['high']:.3f}]" if row["low"] is not None else f" ({row['why'] or 'no interval'})"
        )
        what = f"{row['measure']}{f' of {of}' if of else ''}"
        lines.append(f"{row['respondent']} on {row['instrument']} ({prompt}): {what} {row['value']:.3f}{span}")
    if own.height > most:
        lines.append(f"… {own.height - most} more scores of judges: see the report")
    return lines
