"""Naming steps by the end of their path: `train`, `branch1.train`, `map.*.train`, `map.3.train`.

A pattern is names between dots. It matches every step whose path ends with them; `*` matches any item of a map or
iteration of a loop, and a number that one. Where several patterns match a step, the most precise one counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from runnable.ir.nodes import BODY


def names_step(pattern: str, path: str) -> bool:
    """Whether `pattern` matches the step at `path` of a *run*, where items and iterations have their number."""
    return _ends_with(path, pattern, _same)


def named_by(wanted: str, paths: Collection[str]) -> tuple[str, ...]:
    """The paths of a run's steps that `wanted` names: itself if it is a path, else all that end with it."""
    return (wanted,) if wanted in paths else tuple(path for path in paths if names_step(wanted, path))


def may_name(pattern: str, path: str) -> bool:
    """Whether `pattern` matches the step at `path` of the *program*, where bodies are called `*`, or one item of it."""
    return _ends_with(path, pattern, _may_be)


def is_of_one_item(pattern: str, path: str) -> bool:
    """Whether `pattern` matches the step at `path` of the program in some items or iterations only."""
    return may_name(pattern, path) and not _ends_with(path, pattern, lambda name, part: name == part)


def strongest(patterns: Iterable[str], path: str) -> str | None:
    """The most precise of the patterns that match the step at `path` of a run; None if none does."""
    found = [pattern for pattern in patterns if names_step(pattern, path)]
    return max(found, key=_precision) if found else None


def _precision(pattern: str) -> tuple[int, int]:
    parts = pattern.split(".")
    return len(parts), sum(part != BODY for part in parts)


def _ends_with(path: str, pattern: str, agrees: Callable[[str, str], bool]) -> bool:
    names, parts = path.split("."), pattern.split(".")
    return len(parts) <= len(names) and all(map(agrees, names[-len(parts) :], parts))


def _same(name: str, part: str) -> bool:
    return name == part or (part == BODY and name.isdecimal())


def _may_be(name: str, part: str) -> bool:
    return name == part or (name == BODY and part.isdecimal())
