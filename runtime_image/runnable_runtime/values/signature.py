"""How a Python function takes its parameters: by name, each converted to what its annotation says."""

from __future__ import annotations

import builtins
import typing
from collections.abc import Callable, Mapping
from types import FunctionType, SimpleNamespace

from runnable_runtime.deferred import changed, dataclass
from runnable_runtime.failures import BadInput
from runnable_runtime.protocol import Json
from runnable_runtime.values.callables import (
    POSITIONAL_ONLY,
    VAR_KEYWORD,
    VAR_POSITIONAL,
    FunctionArgument,
    NotWritten,
    annotations_of,
    is_generator,
    unwrapped,
    written_arguments,
)
from runnable_runtime.values.conversion import Mismatch, convert, shown_type, shown_value
from runnable_runtime.values.parameters import Load
from runnable_runtime.values.reference import has_object
from runnable_runtime.values.texts import number_of


def as_it_is(value: Json, name: str) -> Json:
    """No value is in a store."""
    return value


@dataclass(frozen=True, slots=True)
class FunctionReads:
    """The parameters a function takes: those it must have, those it has a default for, and whether it takes all."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """What to call a function with: ``function(*positional, **arguments)``.

    `consumed` has the parameters that were used, as they came.
    """

    positional: tuple[object, ...]
    arguments: dict[str, object]
    consumed: dict[str, Json]


def reads(function: Callable[..., object]) -> FunctionReads:
    """Which parameters `function` takes.

    `*args` is ignored; `**kwargs`, or an argument annotated `argparse.Namespace`, takes everything.
    """
    required: list[str] = []
    optional: list[str] = []
    everything = False
    for argument in arguments(function):
        if argument.kind == VAR_POSITIONAL:
            continue
        if argument.kind == VAR_KEYWORD or _is_namespace(argument.annotation):
            everything = True
        elif argument.default is NotWritten:
            required.append(argument.name)
        else:
            optional.append(argument.name)
    return FunctionReads(tuple(required), tuple(optional), everything)


def bind(function: Callable[..., object], values: Mapping[str, Json], load: Load = as_it_is) -> Bound:
    """Choose from `values` what `function` takes, and convert it as the annotations say.

    What is in the store is loaded; objects are given as they are, whatever the annotation.

    Raises:
        BadInput: an argument without a default has no value, or a value cannot become what its annotation says.
    """
    taken = arguments(function)
    _refuse_missing(function, taken, values)
    positional: list[object] = []
    keywords: dict[str, object] = {}
    consumed: dict[str, Json] = {}
    rest: dict[str, Json] | None = None
    for argument in taken:
        if _takes_everything(argument):
            rest = {} if rest is None else rest
            continue
        if argument.kind == VAR_POSITIONAL:
            continue
        if argument.name in values:
            consumed[argument.name] = values[argument.name]
            value = _converted(function, argument, values[argument.name], load)
        elif argument.kind == POSITIONAL_ONLY:
            value = argument.default
        else:
            continue
        if argument.kind == POSITIONAL_ONLY:
            positional.append(value)
        else:
            keywords[argument.name] = value
    if rest is not None:
        rest = {name: value for name, value in values.items() if name not in consumed}
        _give_everything(taken, {name: _own(load(value, name)) for name, value in rest.items()}, positional, keywords)
        consumed.update(rest)
    return Bound(tuple(positional), keywords, consumed)


def _give_everything(
    arguments: list[FunctionArgument], rest: dict[str, Json], positional: list[object], keywords: dict[str, object]
) -> None:
    from argparse import Namespace

    for index, argument in enumerate(arguments):
        if argument.kind == VAR_KEYWORD:
            keywords.update({name: value for name, value in rest.items() if name not in keywords})
        elif argument.kind == POSITIONAL_ONLY and _is_namespace(argument.annotation):
            positional.insert(index, Namespace(**rest))
        elif _is_namespace(argument.annotation) and argument.kind != VAR_POSITIONAL:
            keywords[argument.name] = Namespace(**rest)


def arguments(function: Callable[..., object]) -> list[FunctionArgument]:
    """The arguments of `function`, annotations that are text resolved where they can be."""
    try:
        written = written_arguments(function)
    except (ValueError, TypeError):
        return []  # some builtins do not tell; they are called without arguments
    return [_with_resolved(function, argument) for argument in written]


def _with_resolved(function: Callable[..., object], argument: FunctionArgument) -> FunctionArgument:
    annotation = _resolved(function, argument.annotation)
    return argument if annotation is argument.annotation else changed(argument, annotation=annotation)


def argument_annotation(function: FunctionType, name: str) -> tuple[object, bool]:
    """The annotation of one argument of `function`, resolved as by `arguments`, and whether its default is None.

    `NotWritten` if there is none, or `name` is no argument.
    """
    inner = unwrapped(function)
    if not isinstance(inner, FunctionType):
        return NotWritten, False
    annotation = annotations_of(inner).get(name, NotWritten)
    if annotation is NotWritten:
        return annotation, False
    code, defaults = inner.__code__, inner.__defaults__ or ()
    positional = code.co_varnames[: code.co_argcount]
    by_name = dict(zip(reversed(positional), reversed(defaults), strict=False)) | (inner.__kwdefaults__ or {})
    return _resolved(inner, annotation), by_name.get(name, NotWritten) is None


def arguments_without_annotation(function: FunctionType) -> tuple[str, ...]:
    """The names of the arguments of `function` that are written in its signature, and are not annotated."""
    inner = unwrapped(function)
    code = getattr(inner, "__code__", None)
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount] if code else ()
    return tuple(name for name in names if name not in annotations_of(inner))


def returned_annotation(function: Callable[..., object]) -> object:
    """What `function` is annotated to return, `NotWritten` where that is not what a call gives.

    A decorator may return something else under the annotation of what it wraps, and a generator's says what it yields.
    """
    if hasattr(function, "__wrapped__") or is_generator(function):
        return NotWritten
    return _resolved(function, annotations_of(function).get("return", NotWritten))


def promised(function: Callable[..., object]) -> object:
    """As `returned_annotation`, for what a call has returned: most decorators pass on what they wrap."""
    return returned_annotation(unwrapped(function))


def _resolved(function: Callable[..., object], annotation: object) -> object:
    if annotation is NotWritten or isinstance(annotation, type):
        return annotation
    inner = unwrapped(function)
    while hasattr(inner, "func"):
        inner = inner.func
    scope = getattr(inner, "__globals__", None) or getattr(type(inner).__call__, "__globals__", {})
    if isinstance(annotation, str):  # most often the plain name of a class, which need not be parsed
        named = scope.get(annotation, getattr(builtins, annotation, None))
        if isinstance(named, type):
            return named
    holder = SimpleNamespace(__annotations__={"it": annotation})
    try:
        return typing.get_type_hints(holder, globalns=scope, include_extras=True)["it"]
    except Exception:
        # A name known only to type checkers: there is nothing to convert to.
        return NotWritten


def _takes_everything(argument: FunctionArgument) -> bool:
    if argument.kind == VAR_POSITIONAL:
        return False
    return argument.kind == VAR_KEYWORD or _is_namespace(argument.annotation)


def _is_namespace(annotation: object) -> bool:
    # By name, so that a task without one does not import argparse.
    return (
        isinstance(annotation, type) and annotation.__module__ == "argparse" and annotation.__qualname__ == "Namespace"
    )


def _refuse_missing(
    function: Callable[..., object], arguments: list[FunctionArgument], values: Mapping[str, Json]
) -> None:
    missing = [
        argument.name
        for argument in arguments
        if argument.default is NotWritten
        and argument.kind != VAR_POSITIONAL
        and not _takes_everything(argument)
        and argument.name not in values
    ]
    if missing:
        names = ", ".join(repr(name) for name in missing)
        known = ", ".join(repr(name) for name in sorted(values)) or "none"
        parameters, them = ("parameters", "them") if len(missing) > 1 else ("parameter", "it")
        raise BadInput(
            f"{_name(function)} needs the {parameters} {names}, and has no value for {them} (known: {known})"
        )


def _converted(function: Callable[..., object], argument: FunctionArgument, stored: Json, load: Load) -> object:
    value = load(stored, argument.name)
    if has_object(stored):
        return value
    value = _own(value)
    if value is None and argument.default is None:
        return None
    if argument.annotation is NotWritten and type(argument.default) in (int, float) and isinstance(value, str):
        number = number_of(value)  # the default says that it is a number: `1.10` was kept as it was typed
        return value if number is None else number
    try:
        return convert(value, argument.annotation, argument.name)
    except Mismatch as mismatch:
        expected = shown_type(argument.annotation)
        reason = f": {mismatch}" if str(mismatch) else ""
        raise BadInput(
            f"{_name(function)} takes {argument.name!r} as {expected}, found {shown_value(value)}{reason}"
        ) from None


def _own(value: Json) -> Json:
    """A copy of lists and dicts: what a function changes in place must not reach another step in this process."""
    if type(value) is dict:
        return {key: _own(item) for key, item in value.items()}
    if type(value) is list:
        return [_own(item) for item in value]
    return value


def _name(function: Callable[..., object]) -> str:
    return f"{getattr(function, '__qualname__', None) or type(function).__name__}()"
