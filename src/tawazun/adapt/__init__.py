"""Bringing a model closer: search over soft prompts, personas and training, each yielding a respondent."""
