"""What git says of the files of a project."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

CLEAN = "clean"
CHANGED = "changed"
"""Where only that is known."""
_DIGITS = 16
_SECONDS = 60


class Git:
    """The repository that `root` is in. What git does not answer is empty or None."""

    def __init__(self, root: Path) -> None:
        self._root = root
        top = self._ask("rev-parse", "--show-toplevel")
        self._top = Path(os.fsdecode(top).rstrip("\n")) if top else None

    def commit(self) -> str:
        """The commit that is checked out, in full."""
        return (self._ask("rev-parse", "--verify", "--quiet", "HEAD") or b"").decode().strip()

    def changes(self, leave_out: Iterable[Path] = ()) -> str:
        """`CLEAN`, or a digest of what differs from the commit in files that git knows; `leave_out` does not count."""
        found = self._ask(
            "diff", "--no-ext-diff", "--no-textconv", "--binary", "HEAD", "--", ":/", *self._not(leave_out)
        )
        if found is None:
            return ""
        return sha256(found).hexdigest()[:_DIGITS] if found else CLEAN

    def differing(self, commit: str, leave_out: Iterable[Path] = ()) -> list[str] | None:
        """The files that differ between a commit and the one that is checked out; None if it is not there."""
        found = self._ask(
            "diff", "--no-ext-diff", "--name-only", "-z", commit, "HEAD", "--", ":/", *self._not(leave_out)
        )
        return None if found is None else [os.fsdecode(name) for name in found.split(b"\0") if name]

    def _not(self, paths: Iterable[Path]) -> list[str]:
        found = []
        for path in paths:
            whole = path.resolve()
            if self._top is not None and whole.is_relative_to(self._top.resolve()) and whole != self._top.resolve():
                found.append(f":(top,exclude,literal){whole.relative_to(self._top.resolve()).as_posix()}")
        return found

    def _ask(self, *words: str) -> bytes | None:
        without = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", *words]
        try:
            ended = subprocess.run(
                command, cwd=self._root, env=without, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return ended.stdout if ended.returncode == 0 else None
