"""One user-facing error or warning, and its rendering."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from runnable.diagnostics.span import Span


class Severity(StrEnum):
    """How serious a diagnostic is. Only errors stop a compilation or a run; hints are shown by `runnable check`."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """The base of every user-facing message; the concrete ones are in `runnable.diagnostics.codes`.

    `code` is stable and documented (docs/errors.md); `explanation` tells what the rule is and why.
    """

    code: ClassVar[str]
    explanation: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR

    span: Span | None = None

    @property
    def message(self) -> str:
        """What is wrong, in one sentence that names the thing."""
        raise NotImplementedError

    @property
    def note(self) -> str | None:
        """More of the facts: what is there instead, which other line is concerned."""
        return None

    @property
    def help(self) -> str | None:
        """What to do about it."""
        return None

    def render(self) -> str:
        """The message with its place, the line of code, note and help: several lines, no trailing end of line."""
        lines = [f"{self.severity}[{self.code}]: {self.message}"]
        margin = ""
        if self.span is not None:
            number = str(self.span.line)
            margin = " " * len(number)
            lines.append(f"{margin}--> {self.span.display()}")
            if self.span.source:
                lines += [f"{margin} |", f"{number} | {self.span.source}", f"{margin} |"]
        for title, text in (("note", self.note), ("help", self.help)):
            if text:
                lines.append(f"{margin} = {title}: {text}")
        return "\n".join(lines)


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that a person most likely meant by `name`, if one is near."""
    found = _near(name, known, 1)
    return found[0] if found else None


def _near(name: str, known: Iterable[str], most: int) -> list[str]:
    import difflib

    by_lower = {k.lower(): k for k in known}
    return [by_lower[k] for k in difflib.get_close_matches(name.lower(), by_lower, n=most, cutoff=0.6)]


def did_you_mean(name: str, known: Iterable[str], what: str = "") -> str | None:
    """A help text: the nearest known name, else the list of what exists, else nothing."""
    names = sorted(known)
    if close := _near(name, names, 2):
        return f"did you mean {' or '.join(repr(c) for c in close)}?"
    if names:
        return f"known {what or 'names'}: {', '.join(names)}"
    return None
