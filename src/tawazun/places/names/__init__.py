"""Names of places per language: one file a language, named by its BCP 47 code, each with `STATUS` and `NAMES`."""
