"""What a check finds."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json


class Level(StrEnum):
    """`NOTE` is for what cannot be looked at, or is only shown; `PROBLEM` for what makes runs fail."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """A line: what was looked at, how it is, what of it, and what to do."""

    check: str
    level: Level
    text: str
    advice: str = ""

    def to_json(self) -> dict[str, Json]:
        """As JSON."""
        return {"check": self.check, "level": str(self.level), "text": self.text, "advice": self.advice or None}


Findings = Iterator[Finding]


def ok(check: str, text: str) -> Finding:
    """Nothing is wrong."""
    return Finding(check, Level.OK, text)


def note(check: str, text: str, advice: str = "") -> Finding:
    """Something that is only shown."""
    return Finding(check, Level.NOTE, text, advice)


def warning(check: str, text: str, advice: str) -> Finding:
    """Something that may make runs slow, or fail some day."""
    return Finding(check, Level.WARNING, text, advice)


def problem(check: str, text: str, advice: str) -> Finding:
    """Something that makes runs fail."""
    return Finding(check, Level.PROBLEM, text, advice)
