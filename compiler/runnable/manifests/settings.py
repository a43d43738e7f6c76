"""Nested settings of Kubernetes objects as a flat list of dotted keys and texts, to be compared key by key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

_KEYS = {"volumeMounts": "mountPath"}
"""The key that identifies the entries of a list, if it is not their name."""


def flatten(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every scalar in `value` with its key: ``resources.requests.cpu``, ``env.LEVEL``, ``volumes.tmp.emptyDir``.

    Lists of scalars are one text. Keys and values come sorted by key.
    """
    match value:
        case dict() if value:
            if at.rpartition(".")[0].endswith("env") and set(value) <= {"name", "value"}:
                yield at, _text(value.get("value"))
                return
            for key in sorted(value):
                yield from flatten(value[key], f"{at}.{key}" if at else str(key))
        case list() if value and all(isinstance(item, dict) for item in value):
            by = _KEYS.get(at.rpartition(".")[2], "name")
            for index, item in enumerate(value):
                name = str(item.get(by, index))
                rest = {key: inner for key, inner in item.items() if key != by or "value" in item}
                yield from flatten(rest or "", f"{at}.{name}")
        case list():
            yield at, ", ".join(map(_text, value))
        case str() if at.endswith("odSpecPatch"):
            yield from flatten(_parsed(value), at)
        case _:
            yield at, _text(value)


def merged(weak: Any, strong: Any, at: str = "") -> Any:
    """`strong` over `weak`, as Argo merges a template over its `templateDefaults`: lists by the names in them."""
    if isinstance(weak, Mapping) and isinstance(strong, Mapping):
        both = dict.fromkeys([*weak, *strong])
        return {key: merged(weak.get(key), strong.get(key), key) for key in both}
    if isinstance(weak, list) and isinstance(strong, list) and all(isinstance(item, dict) for item in [*weak, *strong]):
        by = _KEYS.get(at, "name")
        entries = {item.get(by): item for item in weak}
        for item in strong:
            entries[item.get(by)] = merged(entries.get(item.get(by)), item)
        return list(entries.values())
    return weak if strong is None else strong


def _parsed(text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError:
        return {"": text}
    return found if isinstance(found, dict) else {"": text}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True)
