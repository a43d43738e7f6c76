"""The git repository that a project is in: its commit, and whether its files are as committed.

The commit is read from git's files, which takes a tenth of a millisecond. Only git itself can say whether something has
changed: it is started when the run begins, looks while the run does its work, and is heard when the run ends, so that
the run waits neither for its start nor for its answer. It is no child of this process, where a task could wait for it.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from runnable_runtime.deferred import pattern
from runnable_runtime.process.beside import start
from runnable_runtime.process.held import HeldFile

_PATIENCE = 0.05
"""Seconds that the end of a run waits for git, at most: it may have been short, or the repository is huge."""
_LARGEST = 1024 * 1024
"""Bytes of a file of packed references that are read at once; of a larger one git is asked."""
_ASK = 'cd "$1" && git --no-optional-locks -c core.fsmonitor=false status {options} &'
_ASK = _ASK.format(options="--porcelain=v2 --branch --no-ahead-behind --untracked-files=no")
_COMMIT = pattern(r"[0-9a-f]{40}([0-9a-f]{24})?")
_OID = b"# branch.oid "


class Repository:
    """A repository. `folder` is a folder in it, `git` what git keeps of its working tree."""

    def __init__(self, folder: Path, git: Path) -> None:
        self._folder = folder
        self._git = git
        self._asked = 0
        self._answer: HeldFile | None = None

    @classmethod
    def around(cls, folder: Path) -> Repository | None:
        """The repository that `folder` is in; None if it is in none, or this cannot be read."""
        with suppress(OSError, UnicodeDecodeError):
            folder = folder.absolute()
            for above in (folder, *folder.parents):
                git = above / ".git"
                if git.is_dir():
                    return cls(folder, git)
                if git.is_file():  # of a further working tree, or of a submodule
                    return cls(folder, above / git.read_text(encoding="utf-8").removeprefix("gitdir:").strip())
        return None

    def commit(self) -> str:
        """The commit that is checked out, in full; empty if git's files do not say so at once."""
        with suppress(OSError, UnicodeDecodeError):
            head = (self._git / "HEAD").read_text(encoding="utf-8").strip()
            found = self._reference(head.removeprefix("ref: ")) if head.startswith("ref: ") else head
            return found if _COMMIT.fullmatch(found) else ""
        return ""

    def ask(self) -> None:
        """Have git look for changes from now on, if there is one."""
        read, write = os.pipe()
        without = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        try:
            command = ["/bin/sh", "-c", _ASK, "runnable", str(self._folder)]
            self._asked = start(command, env=without, stdout=write, leads=False)
            self._answer = HeldFile(f"/dev/fd/{read}", os.O_RDONLY)  # tasks may close any descriptor
        except OSError:  # no shell, or no further process
            pass
        finally:
            os.close(read)
            os.close(write)

    def settle(self) -> None:
        """Have no child of this process left: the shell has started git, and ended."""
        if self._asked:
            with suppress(ChildProcessError):  # somebody else has waited for it
                os.waitpid(self._asked, 0)
            self._asked = 0

    def __del__(self) -> None:
        """Give back what a run has not asked for that ended before it began."""
        self.settle()
        if self._answer is not None:
            self._answer.close()

    def answer(self) -> tuple[str, bool | None]:
        """The commit, and whether a file that git knows is not as committed; empty and None if it has not said so."""
        if self._answer is None:
            return "", None
        text, whole = _read(self._answer, time.monotonic() + _PATIENCE)
        self._answer = None
        lines = text.splitlines()
        if not text.startswith(b"# branch.oid"):  # no git, or it refuses the repository
            return "", None
        commit = lines[0].removeprefix(_OID).decode("ascii", "replace")
        changed = any(not line.startswith(b"#") for line in lines)
        return commit if _COMMIT.fullmatch(commit) else "", True if changed else False if whole else None

    def _reference(self, name: str) -> str:
        """The commit that a reference means; empty if it is not found."""
        common = self._git
        with suppress(OSError):
            common = self._git / (self._git / "commondir").read_text(encoding="utf-8").strip()
        for place in (self._git, common):
            with suppress(OSError):
                return (place / name).read_text(encoding="utf-8").strip()
        packed = common / "packed-refs"
        if packed.stat().st_size <= _LARGEST:
            for line in packed.read_text(encoding="utf-8").splitlines():
                commit, _, named = line.partition(" ")
                if named == name:
                    return commit
        return ""


def _read(answer: HeldFile, until: float) -> tuple[bytes, bool]:
    """What git says up to a moment, and whether that is all."""
    import select

    text = b""
    with suppress(OSError):  # a task has closed it
        while len(text) < _LARGEST:
            descriptor = answer.descriptor()
            ready, _, _ = select.select([descriptor], [], [], max(0.0, until - time.monotonic()))
            data = os.read(descriptor, 64 * 1024) if ready else b""
            text += data
            if not data:
                answer.close()
                return text, bool(ready)
    answer.close()
    return text, False
