"""What the fields of records have to be: a record may be damaged, or of another's making.

Every reader goes through `check`, so that nothing behind it meets a number where a text is, or a time that is none.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

Check = Callable[[Any], bool]
_LARGEST = sys.float_info.max
"""Of numbers: JSON has larger whole ones, which no floating point number is as large as."""


class RecordError(ValueError):
    """A stored record is damaged, or of a newer version than this one reads."""


def is_text(value: Any) -> bool:
    """A text."""
    return isinstance(value, str)


def is_name(value: Any) -> bool:
    """A text that a file can be named by: no half of a pair of UTF-16 stands alone in it."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_time(value: Any) -> bool:
    """A text that is a time with its zone."""
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def is_object(value: Any) -> bool:
    """A JSON object."""
    return isinstance(value, dict)


def is_count(value: Any) -> bool:
    """A whole number from 1 on."""
    return type(value) is int and 0 < value <= _LARGEST


def is_number(value: Any) -> bool:
    """A number, no whole one."""
    return type(value) in (int, float) and -_LARGEST <= value <= _LARGEST


def is_amount(value: Any) -> bool:
    """A number that is not negative."""
    return type(value) in (int, float) and 0 <= value <= _LARGEST


def list_of(check: Check) -> Check:
    """A list of what `check` accepts."""
    return lambda value: isinstance(value, list) and all(map(check, value))


def object_of(check: Check) -> Check:
    """A JSON object whose values `check` accepts."""
    return lambda value: isinstance(value, dict) and all(map(check, value.values()))


def optional(check: Check) -> Check:
    """What `check` accepts, or nothing."""
    return lambda value: value is None or check(value)


def _is_place(value: Any) -> bool:
    return isinstance(value, list) and all(type(number) is int for number in value)


def _is_file(value: Any) -> bool:
    texts = isinstance(value, dict) and all(isinstance(value.get(n), str) for n in ("path", "stage", "sha256"))
    return texts and _is_whole(value.get("size", 0)) and isinstance(value.get("stored", True), bool)


def _is_whole(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _LARGEST


def _fits(value: Any, shape: Mapping[str, Check]) -> bool:
    return isinstance(value, dict) and all(accepts(value[name]) for name, accepts in shape.items() if name in value)


def _is_edge(value: Any) -> bool:
    return list_of(is_text)(value) and (len(value) == 2 or (len(value) == 3 and value[2] == "failure"))


_TEXT, _TIME = is_text, optional(is_time)
_CONTAINER_USAGE: Mapping[str, Check] = {
    "memory": _is_whole,
    "memory_limit": _is_whole,
    "cpu": is_amount,
    "throttled": is_amount,
}
_USAGE: Mapping[str, Check] = {
    "memory": _is_whole,
    "memory_before": _is_whole,
    "cpu": is_amount,
    "container": lambda value: _fits(value, _CONTAINER_USAGE),
}


def is_usage(value: Any) -> bool:
    """What an attempt has used, as a record has it."""
    return _fits(value, _USAGE)


MACHINE: Mapping[str, Check] = dict.fromkeys(("host", "pod", "node", "image", "digest"), _TEXT)
ORIGIN: Mapping[str, Check] = {
    **dict.fromkeys(
        ("user", "host", "command", "version", "commit", "surroundings", "pipeline", "lock", "changes"), _TEXT
    ),
    "dirty": optional(lambda value: isinstance(value, bool)),
}
ATTEMPT: Mapping[str, Check] = {
    "number": is_count,
    "started": is_time,
    "status": _TEXT,
    "ended": _TIME,
    "inputs": is_object,
    "outputs": is_object,
    "stored": object_of(is_object),
    "metrics": list_of(is_text),
    "message": _TEXT,
    "trace": _TEXT,
    "log": optional(is_text),
    "notebook": optional(is_text),
    "files": list_of(_is_file),
    "code": _TEXT,
    "depends": object_of(is_text),
    "reused": _TEXT,
    "waited": optional(is_amount),
    "used": is_usage,
    "machine": is_object,
}
STEP: Mapping[str, Check] = {
    "path": is_name,
    "kind": _TEXT,
    "place": _is_place,
    "status": _TEXT,
    "started": _TIME,
    "ended": _TIME,
    "message": _TEXT,
    "attempts": list_of(is_object),
    "changes": list_of(is_text),
}
SESSION: Mapping[str, Check] = {
    "started": is_time,
    "ended": is_time,
    "status": _TEXT,
    "message": _TEXT,
    "origin": is_object,
}
RUN: Mapping[str, Check] = {
    "run_id": _TEXT,
    "tag": _TEXT,
    "pipeline": _TEXT,
    "status": _TEXT,
    "started": is_time,
    "ended": _TIME,
    "message": _TEXT,
    "parameters": is_object,
    "source": _TEXT,
    "configuration": _TEXT,
    "workflow": _TEXT,
    "resumed": _TIME,
    "earlier": list_of(is_object),
    "code": object_of(object_of(is_text)),
    "origin": is_object,
    "edges": object_of(lambda value: value == "line" or list_of(_is_edge)(value)),
    "steps": list_of(is_object),
}
END: Mapping[str, Check] = {"workflow": _TEXT, "status": _TEXT, "ended": is_time, "message": _TEXT}


def check(document: Any, shape: Mapping[str, Check], what: str) -> None:
    """Raise RecordError, naming the field, unless the fields of `document` that `shape` knows are what it says."""
    if not isinstance(document, dict):
        raise RecordError(f"{what} is damaged: it is no JSON object")
    for name, accepts in shape.items():
        if name in document and not accepts(document[name]):
            raise RecordError(f"{what} is damaged: {name!r} is {str(document[name])[:60]!r}")


def filled(document: dict[str, Any]) -> dict[str, Any]:
    """`document` without the fields that have no value, or an empty one."""
    return {key: value for key, value in document.items() if value or value == 0}
