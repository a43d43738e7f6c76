"""The standard streams of a worker: pipes to its run."""

from __future__ import annotations

import faulthandler
import io
import os
import sys
from typing import Any, TextIO


def print_into(stdout: int, stderr: int) -> None:
    """Have the pipes as the standard streams, for Python and for all that writes to descriptors 1 and 2."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, standard in ((nothing, 0), (stdout, 1), (stderr, 2)):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - a descriptor, for the rest of this process
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _text(1), _text(2)
    for name in ("stdout", "stderr"):
        setattr(sys, f"__{name}__", getattr(sys, name))
    _point_logging_at(before)
    faulthandler.enable(2)


def _point_logging_at(before: tuple[Any, Any]) -> None:
    logging = sys.modules.get("logging")
    if logging is None:
        return
    for logger in (logging.root, *list(logging.root.manager.loggerDict.values())):
        for handler in getattr(logger, "handlers", ()):
            held = getattr(handler, "stream", None)
            if held is not None and held in before:
                handler.stream = sys.stdout if held is before[0] else sys.stderr


def _text(descriptor: int) -> TextIO:
    binary = io.BufferedWriter(io.FileIO(descriptor, "w", closefd=False))
    return io.TextIOWrapper(binary, encoding="utf-8", errors="backslashreplace", line_buffering=True)
