"""Parts of `train_planted.py`: what is taught, and how the result is looked at."""
