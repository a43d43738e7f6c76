"""Parameters as text: the two directions of the inputs and outputs that `protocol` describes."""

from __future__ import annotations

import builtins
import json
import math
from collections.abc import Callable, Iterator, Mapping

from runnable_runtime.deferred import pattern
from runnable_runtime.failures import BadInput
from runnable_runtime.protocol import REDUCERS, Json
from runnable_runtime.values.reference import Reference, has_reference
from runnable_runtime.values.texts import decode_text, loads, with_numbers_read

_OF_NUMBERS = ("max", "min", "sorted", "sum")
"""Reducers that do something else with numbers than with their texts."""
TAG = "{{"
"""What Argo takes for the start of something to replace."""
_ENCODER = json.JSONEncoder(ensure_ascii=True, allow_nan=False, separators=(",", ":"))
_DOLLAR = pattern(r"\$(?=[$(])")

Load = Callable[[Json, str], Json]
"""Replaces the references in a value by what they refer to; the name is for messages."""


def decode_lines(text: str, load: Load | None = None) -> dict[str, Json]:
    """Read inputs: JSON Lines, later lines win (see `protocol`).

    Values in the store become a `Reference`; `load` is for those that a reducer needs to know.

    Raises:
        BadInput: a line has none of the forms; the message has its number and the reason.
    """
    values: dict[str, Json] = {}
    # Not splitlines(): U+2028 and its like may stand inside a JSON string.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            values.update(_decode_line(line, number, values, load))
    return values


def with_numbers(path: str, inputs: str) -> str:
    """A step's path with ``*`` replaced by numbers: those of the items and iterations that its `inputs` are for.

    Where the inputs have none, as they need not, the path stays as it is.
    """
    numbers = iter([number for number, _ in _numbers(inputs)])
    return ".".join(str(next(numbers, part)) if part == "*" else part for part in path.split("."))


def width(inputs: str) -> int:
    """How many tasks there are of the one that `inputs` are for, as far as they say: one for each item."""
    return math.prod(count for _, count in _numbers(inputs))


def _numbers(inputs: str) -> Iterator[tuple[int, int]]:
    """The number of each item and iteration that `inputs` are for, and how many items there are."""
    for line in inputs.split("\n"):
        if line.startswith(('["item",', '["number",', '["iteration",')):
            match loads(line):
                case ["item", _, _, [int() as number, int() as count, *_]] | [
                    "number",
                    [int() as number, int() as count],
                ]:
                    yield number, count
                case ["item", _, _, int() as number] | ["iteration", _, int() as number]:
                    yield number, 1
                case _:  # a parameter of that name
                    pass


def encode_lines(values: Mapping[str, Json]) -> str:
    """Lines that `decode_lines` reads back exactly: one for each value, so that whoever reads one is given one line.

    Raises what `encode` does.
    """
    return (
        "\n".join(
            _stored_line(name, value) if has_reference(value) else encode({name: value})
            for name, value in values.items()
        )
        or "{}"
    )


def encode_last_line(values: Mapping[str, Json]) -> str:
    """The same for who reads a log: the last line has all values, but for those that are in the store, before it.

    Raises what `encode` does.
    """
    lines = [_stored_line(name, value) for name, value in values.items() if has_reference(value)]
    return "\n".join([*lines, encode({name: value for name, value in values.items() if not has_reference(value)})])


def _stored_line(name: str, value: Json) -> str:
    """The line for a reference, or for a list with references in it, which is written as a fan-out's results are."""
    if isinstance(value, Reference):
        return encode(["object", name, value.to_json()])
    return encode(["each", [name], [{"out": encode_lines({name: item})} for item in value]])


def encode(values: Mapping[str, Json] | list[Json]) -> str:
    r"""One line of compact ASCII JSON that `decode_lines` reads back exactly.

    Every `{{` is written `{\u007b`: Argo evaluates `{{=...}}` wherever it finds it, in data as well. A `$` before a `$`
    or a `(` is written `\u0024`: in a container's arguments Kubernetes takes `$$` for a `$`, and replaces `$(NAME)`.

    Raises:
        ValueError: a value is NaN, infinite, or refers to itself.
        TypeError: a value is not JSON.
    """
    text = _ENCODER.encode(values)
    return _DOLLAR.sub(r"\\u0024", text.replace(TAG, "{\\u007b"))


def _decode_line(line: str, number: int, above: Mapping[str, Json], load: Load | None) -> dict[str, Json]:
    try:
        document = loads(line)
    except RecursionError:
        raise BadInput(f"line {number} of the inputs is nested too deeply") from None
    except ValueError as error:
        raise BadInput(f"line {number} of the inputs is not JSON: {error}") from None
    match document:
        case dict():
            return document
        case [str() as name, str() as typed] | [str() as name, str() as typed, str()]:
            return {name: _typed(name, typed, document[2:])}
        case ["item", str() as name, str() as over, int() | [int(), int(), *_] as own]:
            return {name: _item(own, over, above, load)}
        case ["number", [int(), int()]]:
            return {}
        case ["iteration", str() as name, int() as iteration]:
            return {name: iteration}
        case ["object", str() as name, dict() as reference]:
            return {name: _reference(reference, name)}
        case ["each", list() as names, list() as results, *reducer]:
            return _each(names, results, reducer[0] if reducer else "list", load)
        case _:
            raise BadInput(
                f"line {number} of the inputs is neither an object nor an array that is known: a name and a text, an "
                "item, an iteration, an object of the store, or results"
            )


def _reference(document: dict[str, Json], name: str) -> Reference:
    try:
        return Reference.from_json(document)
    except ValueError as error:
        raise BadInput(f"{name!r} is {error}") from None


def _item(own: Json, over: str, above: Mapping[str, Json], load: Load | None) -> Json:
    """An item: its own value, or what the line that it has gives the list's name, or the entry of the list `above`."""
    position: int = own if isinstance(own, int) else own[0]
    value: list[Json] = [] if isinstance(own, int) else own[2:]
    match value:
        case []:
            return _entry(above.get(over), over, position)
        case [found]:
            return found
        case [str() as line, 1] if over in (named := decode_lines(line, load)):
            return named[over]
        case _:
            raise BadInput(f"item {position} did not return {over!r}, which is read afterwards")


def _entry(values: Json, over: str, position: int) -> Json:
    if isinstance(values, Reference):
        try:
            return values.item(position)
        except ValueError as error:
            raise BadInput(f"{over!r}: {error}") from None
    if not isinstance(values, list) or position >= len(values):
        raise BadInput(f"{over!r} is no list with an item {position}")
    return values[position]


def _each(names: list[str], results: list[dict[str, str]], reducer: str, load: Load | None) -> dict[str, Json]:
    """The list of each of `names`, made one value by the builtin `reducer`."""
    if reducer not in REDUCERS:
        raise BadInput(f"there is no reducer {reducer!r}")
    found = [decode_lines(result.get("out", ""), load) for result in results]
    for name in names:
        missing = [f"item {number}" for number, values in enumerate(found) if name not in values]
        if missing:
            raise BadInput(f"{', '.join(missing[:5])} did not return {name!r}, which is read afterwards")
    lists = {name: [values[name] for values in found] for name in names}
    made: dict[str, Json] = {}
    for name, values in lists.items():
        try:
            made[name] = reduced(values, reducer, name, load)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise BadInput(f"the reducer {reducer!r} failed, reducing {name!r}: {error}") from None
    return made


def reduced(values: list[Json], reducer: str, name: str, load: Load | None) -> Json:
    """What the builtin `reducer` makes of a fan-out's `values`; most of them need values, not references."""
    if reducer not in ("len", "list") and has_reference(values):
        if load is None:
            raise BadInput(f"{name!r} is in a store, and there is none here")
        values = load(values, name)
    if reducer in _OF_NUMBERS:
        values = with_numbers_read(values)
    return getattr(builtins, reducer)(values)


def _typed(name: str, text: str, kind: list[str]) -> Json:
    """The value that a person typed for a parameter, whose kind is known if it is declared."""
    if not kind:
        return decode_text(text)
    from runnable_runtime.values.declared import decode_as
    from runnable_runtime.values.scalars import Mismatch

    try:
        return decode_as(text, kind[0])
    except Mismatch as mismatch:
        reason = f": {mismatch}" if str(mismatch) else ""
        raise BadInput(f"the parameter {name!r} is declared as {kind[0]}, and is {text!r}{reason}") from None
