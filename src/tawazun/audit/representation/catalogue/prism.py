"""PRISM (2024): 1,500 people who rated language models, as far as its own notebook prints whom they are.

Counts of the region that asks about Arab states; the rest is one line. The treemap of birth countries prints the Middle
East (50) and Northern Africa by country; the table of ethnicity prints 14 "Middle Eastern / Arab". Residence is not
printed by country for these regions, so it is not here: read `survey.jsonl` of the set itself for it.
"""

from tawazun.source import Source

SOURCE = Source(
    cite="Kirk et al. (2024), The PRISM Alignment Dataset, NeurIPS 2024 Datasets and Benchmarks",
    where="https://github.com/HannahKirk/prism-alignment notebooks/analysis/01_summary_tables.ipynb",
    version="1",
    licence="CC BY 4.0 (human texts), CC BY-NC 4.0 (model responses)",
    terms="counts printed by the authors; participants must not be identified",
    redistribute="yes",
)
# (definition, answer, people); "elsewhere" is everybody else of the 1,500, not broken down here
COUNTS: tuple[tuple[str, str, int], ...] = (
    ("birth", "Israel", 47),
    ("birth", "Turkey", 2),
    ("birth", "Kuwait", 1),
    ("birth", "Sudan", 1),
    ("birth", "elsewhere", 1_449),
    ("self", "Middle Eastern / Arab", 14),
    ("self", "another description, or none", 1_486),
)
