"""The digest of a pipeline: the same as long as it is the same pipeline, wherever its steps stand in their file."""

from __future__ import annotations

import json
from dataclasses import replace

from runnable.ir.json_form import to_json
from runnable.ir.nodes import Program
from runnable_runtime.digests import sha256_hex
from runnable_runtime.protocol import Json

_LEFT_OUT = ("span", "files")
"""Where something stands in its file; and the catalog, which a configuration may leave out."""


def pipeline_digest(program: Program) -> str:
    """Of steps, their options, what they run, read and return; not of the code of functions, nor of values given."""
    document = to_json(replace(program, parameters={}, declared=()))
    declared = sorted(one.name for one in program.declared)
    text = json.dumps([declared, _without(document)], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256_hex(text)[:16]


def _without(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _without(one) for name, one in value.items() if name not in _LEFT_OUT}
    return [_without(one) for one in value] if isinstance(value, list) else value
