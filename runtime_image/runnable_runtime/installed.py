"""Which files are Python's own, or of installed packages, and not the user's."""

from __future__ import annotations

import os

_FOLDERS = frozenset({"site-packages", "dist-packages"})
_LIBRARY = os.path.dirname(os.__file__)  # noqa: PTH120 - asked of hundreds of modules
_BELOW = tuple({f"{_LIBRARY}{os.sep}", f"{os.path.realpath(_LIBRARY)}{os.sep}"})


def is_installed(place: str) -> bool:
    """Whether a file or a folder is, as its path says."""
    parts = place.split(os.sep)  # noqa: PTH206
    return f"{place}{os.sep}".startswith(_BELOW) or not _FOLDERS.isdisjoint(parts)
