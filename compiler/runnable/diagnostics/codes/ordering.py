"""RN34x: the order of steps, where steps say `after`."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.span import Span
from runnable.diagnostics.wording import did_you_mean


class AfterStranger(Diagnostic):
    code = "RN341"
    explanation = (
        "`after` takes steps that are in the same list `steps`: not those of another pipeline, such as a branch or a "
        "handler, and not a second object of the same name. To wait for what is inside of a composite, wait for the "
        "composite."
    )
    step: str
    other: str
    other_span: Span | None = None
    same_name: bool = False
    """Whether a step of this name is in the list, and is another object."""
    known: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        if self.same_name:
            return f"step {self.step!r} is after a step {self.other!r} that is not the one in its pipeline"
        return f"step {self.step!r} is after {self.other!r}, which is no step of its pipeline"

    @property
    def note(self) -> str | None:
        return f"{self.other!r} is at {self.other_span.display()}" if self.other_span else None

    @property
    def help(self) -> str | None:
        if self.same_name:
            return "give `after` and `steps` the same object: make the step once, and keep it in a variable"
        return f"add it to `steps`, or name one that is there ({did_you_mean(self.other, self.known, 'steps')})"


class StepsInACircle(Diagnostic):
    code = "RN342"
    explanation = "Steps that are after each other, or a step that is after itself, can never start."
    steps: tuple[str, ...]
    """In the order in which each is after the next one; the last is after the first."""
    spans: tuple[Span, ...]
    """Where each says so."""

    @property
    def message(self) -> str:
        if len(self.steps) == 1:
            return f"step {self.steps[0]!r} is after itself"
        return f"the steps {' after '.join(map(repr, (*self.steps, self.steps[0])))} can never start"

    @property
    def note(self) -> str | None:
        if len(self.steps) == 1:
            return None
        following = (*self.steps[1:], self.steps[0])
        said = zip(self.steps, following, self.spans, strict=True)
        return ", ".join(f"{one!r} is after {other!r} at {span.display()}" for one, other, span in said)

    help_template = "take one of these `after` away"


class ReturnedByUnordered(Diagnostic):
    code = "RN343"
    explanation = (
        "Two steps return one name, neither of them is after the other, and a step after both reads it: nothing says "
        "whose value it is to be."
    )
    step: str
    parameter: str
    returning: tuple[str, ...]
    spans: tuple[Span | None, ...]

    @property
    def message(self) -> str:
        return (
            f"step {self.step!r} reads the parameter {self.parameter!r}, which {self._both} return, "
            f"and neither is after the other"
        )

    @property
    def _both(self) -> str:
        return " and ".join(map(repr, self.returning))

    @property
    def note(self) -> str | None:
        places = [f"{n!r} is at {s.display()}" for n, s in zip(self.returning, self.spans, strict=True) if s]
        return ", ".join(places) or None

    @property
    def help(self) -> str | None:
        one, other = self.returning
        return f"let them return different names, or put {other!r} after {one!r}: then its value counts"
