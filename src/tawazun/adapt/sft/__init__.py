"""Supervised tuning: instruction data and survey answers, of which the assistant's text alone is learnt."""
