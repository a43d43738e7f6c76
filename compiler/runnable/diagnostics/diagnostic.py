"""One user-facing error or warning, and its rendering."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Self, dataclass_transform

from runnable.diagnostics.span import Span
from runnable.diagnostics.terminal import harmless

_LONGEST_LINE = 200
"""Characters that are shown of a line of code, or of a file that may be all in one line."""
_SHORTEST_BEGINNING = 3
"""Characters from which on a beginning stands for a name."""


class Severity(StrEnum):
    """How serious a diagnostic is. Only errors stop a compilation or a run; hints are shown by `runnable check`."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass_transform(kw_only_default=True, frozen_default=True)
class _Fields:
    """The annotations of a subclass are its fields, as a frozen dataclass's are: named, and checked by mypy.

    It is no dataclass, since that writes and compiles six methods for each class, and there are ninety. So `asdict` and
    `replace` of `dataclasses` do not take it, although mypy thinks so: there are methods for that.
    """

    _names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        own = (name for name, kind in cls.__annotations__.items() if not kind.startswith("ClassVar"))
        cls._names = (*cls._names, *own)

    def __init__(self, **given: Any) -> None:
        if unknown := given.keys() - self._names:
            raise TypeError(f"{type(self).__name__} has no {', '.join(sorted(unknown))}")
        if missing := [name for name in self._names if name not in given and not hasattr(type(self), name)]:
            raise TypeError(f"{type(self).__name__} needs {', '.join(missing)}")
        vars(self).update(given)

    def fields(self) -> dict[str, Any]:
        """The fields and their values, as they are written in the classes, those of the base first."""
        return {name: getattr(self, name) for name in self._names}

    def replace(self, **changed: Any) -> Self:
        """The same with other fields. Raises TypeError for one that it does not have."""
        return type(self)(**{**vars(self), **changed})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.fields().items())})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Fields) and type(other) is type(self) and other.fields() == self.fields()

    def __hash__(self) -> int:
        return hash((type(self), *self.fields().values()))


class Diagnostic(_Fields):
    """The base of every user-facing message; the concrete ones are in `runnable.diagnostics.codes`.

    `code` is stable and documented (docs/errors.md); `explanation` says what the rule is and why.
    """

    code: ClassVar[str]
    explanation: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR

    span: Span | None = None

    message_template: ClassVar[str]
    """What is wrong, in one sentence that names the thing: a format string, filled from the fields."""
    note_template: ClassVar[str] = ""
    """More of the facts: what is there instead, which other line is concerned."""
    help_template: ClassVar[str] = ""
    """What to do about it."""

    @property
    def message(self) -> str:
        """The message. A class whose text needs more than a template has a property of its own, as for the others."""
        return self.message_template.format_map(self.fields())

    @property
    def note(self) -> str | None:
        """The note, if there is one."""
        return self.note_template.format_map(self.fields()) or None

    @property
    def help(self) -> str | None:
        """The advice, if there is one."""
        return self.help_template.format_map(self.fields()) or None

    def render(self) -> str:
        """The message with its place, the line of code, note and help: several lines, no trailing end of line."""
        lines = [f"{self.severity}[{self.code}]: {self.message}"]
        margin = ""
        if self.span is not None:
            number = str(self.span.line)
            margin = " " * len(number)
            lines.append(f"{margin}--> {self.span.display()}")
            if source := self.span.source:
                shown = source if len(source) <= _LONGEST_LINE else f"{source[:_LONGEST_LINE]}..."
                lines += [f"{margin} |", f"{number} | {shown}", f"{margin} |"]
        for title, text in (("note", self.note), ("help", self.help)):
            if text:
                lines.append(f"{margin} = {title}: {text}")
        return harmless("\n".join(lines))
