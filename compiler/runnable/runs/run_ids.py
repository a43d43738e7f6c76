"""Ids of runs: making readable ones, and checking those that a user gives."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime

from runnable.diagnostics.codes.configuration import BadRunId
from runnable.diagnostics.errors import ConfigurationError
from runnable_runtime.deferred import pattern

_ADJECTIVES = (
    "amber brave bright calm clever cosmic crisp curious daring deft eager early fair fleet gentle glad golden happy "
    "honest humble jolly keen kind lively lucid lucky mellow merry mild modest neat nimble noble patient plucky polite "
    "proud quick quiet rapid ready serene sharp silent silver smart snug solid spry steady sunny swift tidy tranquil "
    "upbeat vivid warm wise witty zesty"
)
_NOUNS = (
    "acorn anchor aspen badger beacon birch bison brook canyon cedar cliff cloud comet coral crane delta dune eagle "
    "ember falcon fern finch fjord fox garnet glacier grove harbor hawk heron island jasper kestrel lagoon lark lotus "
    "lynx maple meadow meteor mesa moss nebula oak orbit orchid otter pebble pine planet plover prairie quartz raven "
    "reef river robin sparrow spruce summit thicket tiger tulip valley walnut willow wren"
)
_SUFFIX = "abcdefghjkmnpqrstuvwxyz23456789"
_VALID = pattern(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")


def _any(known: Sequence[str]) -> str:
    """One of them, by the system's chance: forks and seeds change nothing of it, and `random` takes a while to load."""
    return known[int.from_bytes(os.urandom(8)) % len(known)]


def two_words() -> str:
    """Such as ``brave-otter``."""
    return "-".join(_any(known.split()) for known in (_ADJECTIVES, _NOUNS))


def new_run_id() -> str:
    """Such as ``brave-otter-142530k7``: two words, the local time of day, two random characters."""
    random = "".join(_any(_SUFFIX) for _ in range(2))
    return f"{two_words()}-{datetime.now():%H%M%S}{random}"


def check_run_id(run_id: str) -> str:
    """`run_id` itself. Raises ConfigurationError unless it can be a folder's name everywhere."""
    if not _VALID.fullmatch(run_id):
        raise ConfigurationError([BadRunId(run_id=run_id)])
    return run_id
