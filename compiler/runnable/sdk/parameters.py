"""`Parameter`, a declared parameter of a pipeline, and `param`, the name of one in the arguments of a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runnable.diagnostics.codes.programs import ParameterInText
from runnable.diagnostics.errors import DefinitionError
from runnable.diagnostics.span import caller_span
from runnable.sdk.declared import Declared
from runnable.sdk.describe import Described
from runnable_runtime.deferred import dataclass


class Unsaid:
    """The value of what a declaration leaves out: None may be meant."""

    def __repr__(self) -> str:
        return "left out"


UNSAID: Any = Unsaid()


@dataclass(frozen=True, slots=True)
class ParameterReference(Described):
    """A parameter by its name, for an argument of a step: see `param`."""

    name: str

    def described(self) -> str:
        """See `Described`."""
        return f"param({self.name!r})"

    def __add__(self, other: str | ParameterReference | ArgumentText) -> ArgumentText:
        """An argument of a container: the parameter's value, and what is after it."""
        return ArgumentText((self,)) + other

    def __radd__(self, before: str) -> ArgumentText:
        """An argument of a container: ``"--lr=" + param("lr")``."""
        return ArgumentText((before, self))

    def __format__(self, spec: str) -> str:
        """Refuse an f-string: the value is known when the pipeline runs. Raises DefinitionError (RN351)."""
        raise _no_text(self.name)

    def __str__(self) -> str:
        """See `__format__`."""
        raise _no_text(self.name)


@dataclass(frozen=True, slots=True)
class ArgumentText(Described):
    """An argument of a container that is made of texts and parameters: ``"--lr=" + param("lr")``."""

    pieces: tuple[str | ParameterReference, ...]

    def described(self) -> str:
        """See `Described`."""
        return " + ".join(repr(one) if isinstance(one, str) else one.described() for one in self.pieces)

    def __add__(self, other: str | ParameterReference | ArgumentText) -> ArgumentText:
        """The same, and what is after it."""
        match other:
            case ArgumentText(more):
                return ArgumentText((*self.pieces, *more))
            case str() | ParameterReference():
                return ArgumentText((*self.pieces, other))
            case _:
                return NotImplemented

    def __radd__(self, before: str) -> ArgumentText:
        """The same, and what is before it."""
        return ArgumentText((before, *self.pieces))


def _no_text(name: str) -> DefinitionError:
    return DefinitionError([ParameterInText(span=caller_span(), parameter=name)])


def param(name: str) -> ParameterReference:
    """Name the parameter that an argument of a step is: one of the pipeline, or what an earlier step returns.

    `arguments={"rate": param("lr")}` gives the function's argument `rate` the value of the parameter `lr`. In the
    `args` of a ContainerTask it is one argument of the program, or a part of one: `"--lr=" + param("lr")`.
    """
    return ParameterReference(name)


@dataclass(slots=True, kw_only=True)
class Parameter(Declared):
    """A parameter that a pipeline starts with, declared in `Pipeline(parameters=[...])`.

    Its value is checked before anything runs, and arrives with its type, also where it is given as a text: on a command
    line, in an environment variable, by Argo. `runnable describe` lists it, and a manifest has it with its description.

    Attributes:
        name: the name under which tasks take it.
        type: what it is, such as `int`, `date`, `list[str]`, `Literal["a", "b"]`; by default what the functions that
            take it are annotated with.
        default: its value if none is given; by default that of the functions. Without one it must be given.
        help: a text for people; by default what the functions' docstrings say of the argument.
        choices: the values that it can have; by default those of the type, if that is a Literal or an enumeration.
    """

    name: str
    type: Any = UNSAID
    default: Any = UNSAID
    help: str = ""
    choices: Sequence[Any] | None = None

    def described(self) -> str:
        """See `Described`."""
        return f"the Parameter {self.name!r}"
