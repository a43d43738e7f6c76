"""What is said of a failed step in the list of failures of a Map that collects, and how a pod hands it on.

A pod that fails there leaves one line as its output, ``["error","ValueError: no such city"]``, which the workflow puts
into the list. A workflow keeps it, so it is short.
"""

from __future__ import annotations

from runnable_runtime.values.parameters import encode

LONGEST = 500
"""Characters of a message that are kept."""


def shortened(message: str) -> str:
    """The message as the list of failures has it."""
    return message if len(message) <= LONGEST else message[: LONGEST - 3] + "..."


def error_line(message: str) -> str:
    """The output of a failed pod; what reads it takes the text between the brackets as it is."""
    return encode(["error", shortened(message)])
