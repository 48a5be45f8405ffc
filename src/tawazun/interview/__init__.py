"""The main path: study -> plan -> asks -> prompts -> replies -> answers, stored as they come and never asked twice."""

from tawazun.interview.asking import Progress, ask_all, take_recorded
from tawazun.interview.plan import Plan, Size, make_plan

__all__ = ["Plan", "Progress", "Size", "ask_all", "make_plan", "take_recorded"]
