"""Whole-process figures, side by side with the peers. Run with `make bench`, or `python -m benchmarks --help`."""
