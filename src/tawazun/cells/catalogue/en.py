"""English frame."""

from tawazun.cells.frames import Frame
from tawazun.instruments import Descriptor

FRAME = Frame(
    language="en",
    one="Reply with the label of one option only.",
    exact="Reply with one of these answers only.",
    reason='Think step by step. Then write a last line that begins with "Answer:" and names one option only.',
    some="One of the possible answers is: {option}. Would you name it?",
    yes="Yes",
    no="No",
    second="Your first choice is: {first}. Which of the others comes second?",
    both="Reply with the labels of your first and second choice, separated by a comma.",
    several="Reply with the labels of at most {pick} options, separated by commas.",
    number="Reply with one number from {low} to {high} only.",
    text="Reply in a few words.",
    cue="Answer:",
    attributes={
        "age": "You are between {low} and {high} years old.",
        "sex=f": "You are a woman.",
        "sex=m": "You are a man.",
        "education=low": "You finished primary school at most.",
        "education=middle": "You finished secondary school.",
        "education=high": "You have a university degree.",
        "settlement=urban": "You live in a city.",
        "settlement=rural": "You live in a village.",
    },
    descriptors=(
        Descriptor("d1", "en", "You are an ordinary person.", "You are a person from {place}.",
                   "Think of people from {place}: how would most of them answer?"),
        Descriptor("d2", "en", "You are a human being who answers a survey.",
                   "You were born in {place} and live there.",
                   "What answer would someone from {place} give?"),
        Descriptor("d3", "en", "Answer as a typical person would.", "Answer as a typical person from {place} would.",
                   "Say how a typical person from {place} answers."),
    ),
)  # fmt: skip
