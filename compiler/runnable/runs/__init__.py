"""Recorded runs: the stores of their records, how one is found, how one is resumed."""
