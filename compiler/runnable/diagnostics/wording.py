"""Pieces of the sentences of diagnostics: lists of names, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable

from runnable.diagnostics.diagnostic import _SHORTEST_BEGINNING


def listed(names: list[str]) -> str:
    """Names for a sentence, not too many of them."""
    if len(names) > 5:
        return f"{', '.join(names[:5])} and {len(names) - 5} more"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that a person most likely meant by `name`: one that is near, or that begins so."""
    found = _near(name, known, 1)
    return found[0] if found else None


def _near(name: str, known: Iterable[str], most: int) -> list[str]:
    import difflib

    by_lower, meant = {k.lower(): k for k in known}, name.lower()
    found = difflib.get_close_matches(meant, by_lower, n=most, cutoff=0.6)
    if not found and len(meant) >= _SHORTEST_BEGINNING:
        found = [k for k in by_lower if k.startswith(meant)][:most]
    return [by_lower[k] for k in found]


def did_you_mean(name: str, known: Iterable[str], what: str = "") -> str | None:
    """A help text: the nearest known name, else the list of what exists, else nothing."""
    names = sorted(known)
    if close := _near(name, names, 2):
        return f"did you mean {' or '.join(repr(c) for c in close)}?"
    if names:
        return f"known {what or 'names'}: {', '.join(names)}"
    return None
