"""What the benchmarks in English share: our own layouts, and where the published ones come from."""

from tawazun.instruments.exams import Template

PLAIN = Template("w1", "en")
REASONED = Template("cot", "en", reasons=True)
BARE = ("text", "cloze")

HARNESS = "lm-evaluation-harness"


def harness(source: str, *, head: str = "", language: str = "en", author: str = "EleutherAI") -> Template:
    """The harness's usual layout of four lettered options, whose letters' likelihoods it compares."""
    return Template(
        "harness",
        language,
        text="{stem}\n{options}",
        instruction="",
        head=head,
        cue="Answer:",
        scripts=("letters",),
        author=author,
        source=f"{HARNESS}, {source}",
        status="official",
    )
