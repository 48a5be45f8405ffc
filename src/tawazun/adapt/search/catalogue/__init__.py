"""Optimisers, one file each; a file's name is the optimiser's name in recipes."""
