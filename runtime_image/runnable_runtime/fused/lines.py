"""Which of a pod's lines (`protocol`) one of its tasks is given: those of the names that it reads, and the numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from runnable_runtime.protocol import Json
from runnable_runtime.values.parameters import encode
from runnable_runtime.values.texts import loads


def kept(text: str, names: Collection[str]) -> str:
    """What of the lines `text` gives `names`, with the numbers of the items and iterations that they are for.

    An item that is not among them leaves its number. One that is known by its position takes its list along.
    """
    lines = [(line, loads(line)) for line in text.split("\n") if line.strip()]
    return "\n".join(_kept(lines, set(names)))


def produced(text: str) -> dict[str, str]:
    """The lines of a task's outputs, by the names that they give."""
    found: dict[str, str] = {}
    for line in text.split("\n"):
        for name in _given(loads(line)) if line.strip() else ():
            found[name] = line
    return found


def _kept(lines: list[tuple[str, Json]], names: set[str]) -> Iterable[str]:
    found: list[str] = []
    for line, document in reversed(lines):  # an item comes after its list
        match document:
            case ["item", str() as name, str() as over, [_, _, *value]]:
                found.append(line if name in names else encode(["number", document[3][:2]]))
                if name in names and not value:
                    names = {*names, over}
            case ["number", [int(), int()]] | ["iteration", str(), int()]:
                found.append(line)
            case dict():
                if own := {name: value for name, value in document.items() if name in names}:
                    found.append(line if len(own) == len(document) else encode(own))
            case ["each", list() as given, *rest]:
                if wanted := [name for name in given if name in names]:
                    found.append(line if wanted == given else encode(["each", wanted, *rest]))
            case _:
                if names.intersection(_given(document)):
                    found.append(line)
    return reversed(found)


def _given(document: Json) -> list[str]:
    """The names that a line gives, where it is none of those that `_kept` knows."""
    match document:
        case dict():
            return list(document)
        case ["object", str() as name, dict()]:
            return [name]
        case ["each", list() as names, *_]:
            return names
        case [str() as name, str()] | [str() as name, str(), str()]:
            return [name]
        case _:
            return []
