"""The ends of child processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any


def ended_children() -> Iterator[tuple[int, int]]:
    """The ids and exit codes of the children that have ended and are not waited for yet, also orphans taken in.

    A code is negative where a signal ended the child.
    """
    for pid, code, _ in ended_with_usage():
        yield pid, code


def ended_with_usage() -> Iterator[tuple[int, int, Any]]:
    """The same, with what each has used, as `os.wait4` gives it."""
    while True:
        try:
            pid, status, used = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, os.waitstatus_to_exitcode(status), used
