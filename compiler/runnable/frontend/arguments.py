"""From what a user writes for a step's arguments to the IR's: constants, and parameters under other names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runnable.diagnostics.codes.steps import ArgumentMisfit, BadOption, UnknownArgument
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.frontend.readers import called
from runnable.frontend.returns import is_name
from runnable.ir.nodes import Action, NotebookRun, PythonCall
from runnable.sdk.arguments import plain_json
from runnable.sdk.describe import shown
from runnable.sdk.parameters import Parameter, ParameterReference
from runnable.sdk.tasks import BaseTask, PythonTask
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import BadReturn
from runnable_runtime.protocol import Argument, Json
from runnable_runtime.values.annotations import alternatives, is_opaque
from runnable_runtime.values.callables import (
    KEYWORD_ONLY,
    POSITIONAL_ONLY,
    POSITIONAL_OR_KEYWORD,
    FunctionArgument,
    NotWritten,
)
from runnable_runtime.values.conversion import Mismatch, shown_type
from runnable_runtime.values.declared import kind_of
from runnable_runtime.values.fitted import fitted
from runnable_runtime.values.signature import arguments, reads

_BY_NAME = (
    POSITIONAL_ONLY,
    POSITIONAL_OR_KEYWORD,
    KEYWORD_ONLY,
)


@dataclass(slots=True)
class Arguments:
    """The arguments of one step, which does `action`; mistakes go to `problems`."""

    step: BaseTask
    action: Action
    root: Path
    problems: list[Diagnostic]

    def read(self) -> tuple[Argument, ...]:
        """The arguments with names that the step can have, in the order in which they are written.

        One whose value is wrong is None, so that nothing else is said of what it stands for.
        """
        written: Any = self.step.arguments
        if not isinstance(written, Mapping):
            self._bad(f"is a mapping of names to values, not {shown(written)}")
            return ()
        if not written:
            return ()
        takes = self._takes()
        read = (self._argument(name, value, takes) for name, value in written.items())
        return tuple(one for one in read if one is not None)

    def _argument(self, name: object, value: object, takes: _Takes) -> Argument | None:
        if not isinstance(name, str) or not is_name(name):
            self._bad(f"has names of arguments as keys, letters, digits and _, not {shown(name)}")
            return None
        if takes.known is not None and name not in takes.known:
            known = tuple(sorted(takes.known))
            unknown = UnknownArgument(
                span=self.step.span, step=self.step.name, argument=name, taker=takes.lacking, known=known
            )
            self.problems.append(unknown)
            return None
        match value:
            case ParameterReference(parameter):
                if is_parameter(parameter):
                    return Argument(name, parameter)
                self._bad(f'has param({shown(parameter)}) for {name!r}, and a parameter has a name, as param("lr")')
                return Argument(name)
            case Parameter():
                reason = f"has {shown(value)} for {name!r}, which declares a parameter"
                self._bad(reason, f'write param("{value.name}") to take its value')
                return Argument(name)
            case _:
                return Argument(name, value=self._constant(name, value, takes.annotations.get(name)))

    def _constant(self, name: str, value: object, argument: FunctionArgument | None) -> Json:
        """A constant as JSON, of the type that the function's `argument` is annotated with; None if it is none."""
        try:
            written = plain_json(value, name)
            json.dumps(written, allow_nan=False)
        except (BadReturn, TypeError, ValueError, RecursionError) as refused:
            reason = (refused.message if isinstance(refused, BadReturn) else str(refused)).partition(";")[0]
            self._bad(f"has a value for {name!r} that is not JSON: {reason}")
            return None
        if argument is None or argument.annotation is NotWritten:
            return written
        if written is None and argument.default is None:
            return None
        annotation = argument.annotation
        if all(is_opaque(member) for member in alternatives(annotation)):
            self._misfit(
                name, value, annotation, "no constant becomes one: return it from a step, and take it with param"
            )
            return None
        try:
            return fitted(written, annotation, kind_of(annotation), name).value
        except Mismatch as mismatch:
            self._misfit(name, value, annotation, str(mismatch))
            return None

    def _misfit(self, name: str, value: object, annotation: object, reason: str) -> None:
        self.problems.append(
            ArgumentMisfit(
                span=self.step.span,
                step=self.step.name,
                argument=name,
                wanted=shown_type(annotation),
                found=shown(value),
                taker=called(self.step.function) if isinstance(self.step, PythonTask) else "it",
                reason=reason,
            )
        )

    def _takes(self) -> _Takes:
        match self.action:
            case PythonCall(module) if module and isinstance(self.step, PythonTask):
                return _of_function(self.step.function)
            case NotebookRun(path) if path:
                return _Takes(_mentioned(self.root / path), f"no cell of {path} has as a name", {})
            case _:
                return _Takes(None, "", {})

    def _bad(self, reason: str, instead: str = "") -> None:
        owner = f"step {self.step.name!r}"
        self.problems.append(
            BadOption(span=self.step.span, owner=owner, option="arguments", reason=reason, instead=instead)
        )


@dataclass(frozen=True, slots=True)
class _Takes:
    """The names that a step can be given (None: any), what is said of others, and what is known of a function's."""

    known: frozenset[str] | None
    lacking: str
    annotations: Mapping[str, FunctionArgument]


def is_parameter(name: object) -> bool:
    """Whether a parameter can be called so: a declared one may have a hyphen in its name."""
    return isinstance(name, str) and is_name(name.replace("-", "_"))


def _of_function(function: Callable[..., Any]) -> _Takes:
    named = {one.name: one for one in arguments(function) if one.kind in _BY_NAME}
    known = None if reads(function).everything else frozenset(named)
    return _Takes(known, f"{called(function)} does not take", named)


def _mentioned(notebook: Path) -> frozenset[str] | None:
    """The words in the code of a notebook, of which its variables are some; None if its names cannot be known."""
    from runnable_runtime.tasks.notebook import words_in

    try:
        document: Any = json.loads(notebook.read_bytes())
        cells = [cell["source"] for cell in document["cells"] if cell["cell_type"] == "code"]
        words = words_in(cell if isinstance(cell, str) else "".join(cell) for cell in cells)
    except (OSError, ValueError, KeyError, TypeError):
        return None  # what executes it reports what is wrong with it
    return None if words is None else frozenset(words)
