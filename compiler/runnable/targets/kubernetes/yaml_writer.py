"""Writing YAML that every reader reads alike, the same bytes for the same data.

PyYAML leaves texts such as ``1e3``, ``0o7`` or ``12e03`` bare, which Go's reader takes for numbers; here a text stands
bare only if it is a plain word. Keys are in a fixed order, and what is small is on one line.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache

from runnable_runtime.deferred import pattern
from runnable_runtime.protocol import Json

_FIRST = (
    "apiVersion",
    "kind",
    "name",
    "metadata",
    "spec",
    "template",
    "templateRef",
    "depends",
    "arguments",
    "inputs",
    "outputs",
)
_RANK = {key: rank for rank, key in enumerate(_FIRST)}
_WORD = pattern(r"[A-Za-z][A-Za-z0-9]*(?:[-_./][A-Za-z0-9]+)*")
_NOT_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_LONGEST_LINE = 240


def write_yaml(document: Json) -> str:
    """One YAML document: block style, two spaces a level, ending with a line break.

    `document` is a mapping of mappings, lists, texts, whole numbers and booleans. Raises TypeError for anything else.
    """
    lines: list[str] = []
    _mapping(document, "", "", lines.append)
    return "".join(lines)


def _mapping(mapping: dict[str, Json], first: str, indent: str, write: Callable[[str], None]) -> None:
    """The lines of a mapping, the first of which begins with `first` and the others with `indent`."""
    head = first
    for key in sorted(mapping, key=_order):
        _entry(f"{head}{_key(key)}:", mapping[key], indent, write)
        head = indent


def _entry(head: str, value: Json, indent: str, write: Callable[[str], None]) -> None:
    line = _one_line(value)
    if line is not None:
        write(f"{head} {line}\n")
        return
    write(head + "\n")
    if isinstance(value, dict):
        _mapping(value, indent + "  ", indent + "  ", write)
        return
    for item in value:
        if isinstance(item, dict) and not _is_pair(item):
            _mapping(item, indent + "- ", indent + "  ", write)
        else:
            write(f"{indent}- {_flow(item)}\n")


@lru_cache(maxsize=1024)  # keys are few, and each is written often
def _order(key: str) -> tuple[int, str]:
    return _RANK.get(key, len(_FIRST)), key


def _one_line(value: Json) -> str | None:
    """`value` on one line: a scalar, an empty or short list, a short list of parameters. None for anything larger."""
    if isinstance(value, str):
        return _text(value)
    match value:
        case {"parameters": list() as items, **rest} if not rest and all(map(_is_pair, items)):
            pass
        case list() if all(isinstance(item, str) for item in value):
            pass
        case dict() | list() if value:
            return None
        case _:
            return _flow(value)
    line = _flow(value)
    return line if len(line) <= _LONGEST_LINE else None


def _is_pair(item: Json) -> bool:
    return isinstance(item, dict) and len(item) <= 2 and not any(isinstance(v, dict | list) for v in item.values())


def _flow(value: Json) -> str:
    if isinstance(value, str):
        return _text(value)
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case list():
            return "[" + ", ".join(map(_flow, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{_key(k)}: {_flow(value[k])}" for k in sorted(value, key=_order)) + "}"
        case _:
            raise TypeError(f"cannot write a {type(value).__name__} as YAML")


@lru_cache(maxsize=1024)  # keys are few, and each is written often
def _key(key: str) -> str:
    return _text(key)


def _text(text: str) -> str:
    if _WORD.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    if text.isprintable() and "'" not in text:
        return f"'{text}'"
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted if quoted.isprintable() else "".join(c if c.isprintable() else _escape(c) for c in quoted)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
