"""Names for runs, for programs that make their own ids. The published package has this module."""

from __future__ import annotations

from runnable.runs.run_ids import two_words

__all__ = ["get_random_name"]


def get_random_name() -> str:
    """Two words, such as ``brave-otter``. There are a few thousand: add what makes the id one of a kind."""
    return two_words()
