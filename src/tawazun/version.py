"""The version of the package, and of the formats it writes."""

VERSION = "0.1.0"
RUN_FORMAT = 1  # the layout of a run folder
PROMPT_VERSION = 1  # how a question and a framing become a prompt; a change makes every ask a new one
