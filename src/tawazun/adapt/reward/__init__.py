"""Reward models: how good an answer is, learnt from judged pairs or from grades, and what that is worth."""
