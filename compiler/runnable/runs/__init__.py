"""Recorded runs: the stores of their records, finding a run by what a person types, resuming a run."""
