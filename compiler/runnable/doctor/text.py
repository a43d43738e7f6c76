"""Findings for people: a line each, and below what is not well, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from runnable.doctor.examination import Examined
from runnable.doctor.finding import Level


def render(found: Iterable[Examined]) -> str:
    """The whole text."""
    examined = list(found)
    lines = [line for one in examined for line in _place(one)]
    counted = Counter(finding.level for one in examined for finding in one.findings)
    lines.append(f"{_several(counted[Level.PROBLEM], 'problem')}, {_several(counted[Level.WARNING], 'warning')}")
    return "\n".join(lines)


def _place(found: Examined) -> Iterator[str]:
    yield f"{found.place}:"
    for one in found.findings:
        advice = f": {one.advice}" if one.advice else ""
        yield f"  {one.level:8} {one.check}: {one.text}{advice}"
    yield ""


def _several(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
