"""Texts that a model is trained on: where they come from, in which shares, without doubles, and what each row is."""
