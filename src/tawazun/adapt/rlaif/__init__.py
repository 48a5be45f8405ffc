"""Reinforcement from rewards: a reward model's, or how near the answers of a group are to those of a people."""
