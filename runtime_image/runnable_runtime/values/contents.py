"""Digests of values by their content: what a cached step was given is compared by these."""

from __future__ import annotations

import json

from runnable_runtime.digests import sha256_hex
from runnable_runtime.protocol import Json
from runnable_runtime.values.reference import Reference

DIGITS = 16
"""Digits of the digest of one of the things that a step depends on."""


def digest_of(value: Json) -> str:
    """A digest of a value, in which what is in the store counts by its content."""
    text = json.dumps(_content(value), sort_keys=True, separators=(",", ":"))
    return sha256_hex(text)[:DIGITS]


def _content(value: Json) -> Json:
    """`value` with each reference replaced by the digest of its content, since its key differs from run to run."""
    if isinstance(value, Reference):
        return [value.sha256, value.size, value.format, value.at]
    if isinstance(value, list):
        return [_content(item) for item in value]
    return value
