"""Random names for runs, for programs that make their own run ids. The published package has this module too."""

from __future__ import annotations

from runnable.runs.run_ids import two_words

__all__ = ["get_random_name"]


def get_random_name() -> str:
    """Two random words, such as ``brave-otter``. There are a few thousand pairs: add something to make an id unique."""
    return two_words()
