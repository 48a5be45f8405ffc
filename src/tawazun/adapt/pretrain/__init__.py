"""Continued pre-training: corpora mixed by a schedule and packed, read on where a kill stopped them."""
