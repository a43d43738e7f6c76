"""What is said of a failed step in the list of failures of a Map that collects, and how a pod hands it on.

A pod that fails there leaves one line as its output, ``["error","ValueError: no such city"]``, which the workflow puts
into the list. A workflow keeps it, so it is short.
"""

from __future__ import annotations

from runnable_runtime.protocol import Json
from runnable_runtime.values.parameters import encode

LONGEST = 500
"""Characters of a message that are kept."""


def shortened(message: str) -> str:
    """The message as the list of failures has it."""
    return message if len(message) <= LONGEST else message[: LONGEST - 3] + "..."


def failed_step(name: str) -> str:
    """The message of a step that has none of its own: a composite, or a pod that has disappeared."""
    return f"{name!r} failed"


def failed_in(path: str, message: str) -> dict[str, Json]:
    """Which step of the innermost branch around it the task at `path` is, and why it has failed; of a composite, that.

    The branch's own place is `*` in the path.
    """
    step, _, inner = path.rpartition(".*.")[2].partition(".")
    return {"step": step, "error": failed_step(step) if inner else shortened(message)}


def failed_line(entry: dict[str, Json]) -> str:
    """The output of a pod that several tasks share, of which one has failed; or of one of several items in a pod."""
    return encode(["failed", entry])


def error_line(message: str) -> str:
    """The output of a failed pod; what reads it takes the text between the brackets as it is."""
    return encode(["error", shortened(message)])
