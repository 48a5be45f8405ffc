"""Rewards: one file each; the file's name is the reward's name in a recipe, its `REWARD` the part."""
