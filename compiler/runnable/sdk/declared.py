"""`Declared`, the base of the classes of the SDK: keywords only, no unknown ones, and a span: the line in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, field, fields
from functools import cache
from inspect import Parameter, Signature, signature
from typing import Any, ClassVar, TypeVar, cast

from runnable.diagnostics.codes.steps import BadOption, MissingKeyword, UnknownKeyword
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import DefinitionError
from runnable.diagnostics.span import Span, caller_span
from runnable.sdk.describe import Described, shown
from runnable_runtime.deferred import dataclass, make

_Own = TypeVar("_Own")


class DeclaredType(type):
    """A metaclass that checks keywords before a constructor runs: a mistake is reported with its line."""

    # An editor takes the arguments from the constructor as long as this returns an object of the class that is called.
    def __call__(cls: type[_Own], *arguments: Any, **keywords: Any) -> _Own:
        """Construct an object, with its span."""
        span = caller_span()
        declared: Any = cls  # a subclass of Declared: nothing else has this metaclass
        keywords = declared.admit(arguments, keywords, span)
        instance: Any = type.__call__(cls, **keywords)
        instance.span = span
        return cast("_Own", instance)

    @property
    def __signature__(cls) -> Signature:
        """What `help` and an interactive `?` show: what is needed, then what may be given."""
        declared: Any = cls
        make(declared)  # until then its constructor takes anything
        own = signature(declared.__init__).parameters.values()
        keywords = [p for p in own if p.kind is Parameter.KEYWORD_ONLY]
        keywords.sort(key=lambda parameter: parameter.default is not Parameter.empty)
        return Signature([*keywords, *(p for p in own if p.kind is Parameter.VAR_KEYWORD)])


@dataclass(slots=True, kw_only=True)
class Declared(Described, metaclass=DeclaredType):
    """An object of a user's file; `span` is where it was constructed."""

    ignores_unknown: ClassVar[bool] = False

    span: Span | None = field(default=None, init=False, repr=False, compare=False)

    @classmethod
    def admit(cls, arguments: tuple[Any, ...], keywords: Mapping[str, Any], span: Span) -> dict[str, Any]:
        """The keywords that the constructor takes. Raises DefinitionError for unknown and missing ones."""
        own = _own_fields(cls)
        unknown = [k for k in keywords if k not in own]
        missing = [name for name in _needed(cls) if name not in keywords]
        problems: list[Diagnostic] = []
        if arguments:
            names = missing if len(missing) >= len(arguments) else [name for name in own if name not in keywords]
            instead = ", ".join(f"{name}=..." for name in names[: len(arguments)])
            reason = f"are given by keyword, such as {instead}, not as {', '.join(map(shown, arguments))} alone"
            problems.append(BadOption(span=span, owner=cls.__name__, option="arguments", reason=reason))
        if not cls.ignores_unknown:
            problems += [UnknownKeyword(span=span, owner=cls.__name__, keyword=k, known=tuple(own)) for k in unknown]
        if not arguments:  # what was given by position is what is missing
            problems += [MissingKeyword(span=span, owner=cls.__name__, keyword=k) for k in missing]
        if problems:
            raise DefinitionError(problems)
        return {k: v for k, v in keywords.items() if k in own}


@cache
def _own_fields(cls: type[Declared]) -> dict[str, Field[Any]]:
    """The fields that are keywords, by name."""
    return {f.name: f for f in fields(cls) if f.init}


@cache
def _needed(cls: type[Declared]) -> tuple[str, ...]:
    """The names of those that have no default."""
    own = _own_fields(cls)
    return tuple(name for name, f in own.items() if f.default is MISSING and f.default_factory is MISSING)
