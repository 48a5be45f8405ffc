"""Training a model: what every stage shares — keys of its recipe, its folder, the base, and the run of a trainer."""
