"""What calibrations share: studies chosen, run and timed, their tables as Markdown, kept in RESULTS.md if wanted."""

import argparse
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
# title, heads of the columns, and rows for (replications, seed)
Study = tuple[str, Sequence[str], Callable[[int, int], Iterable[Sequence[str]]]]


def tabled(name: str, study: Study, replications: int, seed: int) -> list[str]:
    """One study's section, with the CPU-seconds it took."""
    title, head, rows_of = study
    start = time.process_time()
    rows = list(rows_of(replications, seed))
    spent = time.process_time() - start
    return [
        f"\n### {name}: {title} ({spent:.0f} CPU-s)\n",
        "| " + " | ".join(head) + " |",
        "|" + "---:|" * (len(head) - 1) + "---|",
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def run_studies(
    about: str, studies: Mapping[str, Study], heading: Callable[[list[str], int, int], list[str]], replications: int
) -> None:
    """Read the command line, run the studies it names (all when none), print them and append on request.

    heading   lines above the sections, from names, replications and seed
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("studies", nargs="*", metavar="STUDY", help=f"of {', '.join(studies)}; all when none is named")
    parser.add_argument("--replications", type=int, default=replications)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--append", action="store_true", help="append to RESULTS.md")
    given = parser.parse_args()
    if unknown := set(given.studies) - set(studies):
        parser.error(f"no study {sorted(unknown)[0]!r}; there are {', '.join(studies)}")
    names = given.studies or list(studies)
    lines = heading(names, given.replications, given.seed)
    for name in names:
        lines += tabled(name, studies[name], given.replications, given.seed)
    text = "\n".join(lines) + "\n"
    print(text)
    if given.append:
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(text)
