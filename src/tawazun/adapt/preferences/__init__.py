"""Preferences: pairs of answers, a judge's verdicts on them, what the verdicts are worth, and training on them."""
