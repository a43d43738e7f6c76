"""How a session of a run came about: who began it, with which command, of which commit.

What takes time is found out beside the run: see `repository`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePath
from types import MappingProxyType

from runnable.execution.repository import Repository
from runnable_runtime import __version__
from runnable_runtime.code.fingerprint import digest
from runnable_runtime.records.origin import Origin
from runnable_runtime.redaction import Redactor

_HIDDEN = "..."
_LONGEST = 500
"""Characters of a command that are recorded, at most."""
_OURS = {"runnable", "runnable.exe", "runnable/__main__.py", "cli/__main__.py"}
_PARAMETERS = ("-p", "--parameters")


class OriginFinder:
    """Finds the origin of the session that begins now, of a run of the project in the folder `root`.

    `begun` is what is known at once. `redactor` keeps the run's secrets out of it. `around` is what is around the
    run (`execution.surroundings`), `pipeline` and `lock` are digests (`records.origin`).
    """

    def __init__(
        self,
        root: str,
        redactor: Redactor,
        around: Mapping[str, str] = MappingProxyType({}),
        pipeline: str = "",
        lock: str = "",
    ) -> None:
        self.around = around
        self._repository = Repository.around(Path(root or "."))
        self.begun = Origin(
            user=user_name(),
            host=os.uname().nodename,
            command=redactor.text(command(sys.argv)),
            version=__version__,
            commit=self._repository.commit() if self._repository else "",
            surroundings=digest(around) if around else "",
            pipeline=pipeline,
            lock=lock,
        )

    def ask(self, place: str) -> None:
        """Have git say, beside the run, whether files are as committed; not of a run without a `place`, in memory."""
        if self._repository is not None and place:
            self._repository.ask()

    def settle(self) -> None:
        """Have no child of this process left that tasks could meet."""
        if self._repository is not None:
            self._repository.settle()

    def finished(self) -> Origin:
        """The origin with what git has said meanwhile."""
        if self._repository is None:
            return self.begun
        commit, dirty = self._repository.answer()
        return replace(self.begun, commit=self.begun.commit or commit, dirty=dirty)


def user_name() -> str:
    """The name of this process's user; empty where there is none."""
    for variable in ("LOGNAME", "USER", "USERNAME"):  # as `getpass.getuser`, which imports more
        if name := os.environ.get(variable):
            return name
    with suppress(ImportError, KeyError):  # not Unix; a container's user has a number only
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    return ""


def command(words: Sequence[str]) -> str:
    """The command of `words`, which are those of ``sys.argv``, for people, without what may be secret.

    Of this package's own commands that is what is given for parameters. Of a script of the user all that follows it:
    only the names of options stay.
    """
    if not words or not words[0]:
        return "python"
    program, is_ours = _program(words[0])
    shown = _own_words(words[1:]) if is_ours else _foreign_words(words[1:])
    text = " ".join([program, *(_quoted(word) for word in shown)])
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - len(_HIDDEN)]}{_HIDDEN}"


def _program(word: str) -> tuple[str, bool]:
    """What was started, without the folders of this machine that it is in, and whether it is this package's command."""
    path = PurePath(word)
    if path.name in _OURS or "/".join(path.parts[-2:]) in _OURS:
        return "runnable", True
    if word == "-c":
        return "python -c", False
    if path.name == "__main__.py":
        return f"python -m {path.parent.name}", False
    if path.suffix != ".py":
        return path.name, False
    with suppress(ValueError, OSError):  # it is elsewhere, or there is no working folder
        return f"python {PurePath(os.path.abspath(word)).relative_to(Path.cwd()).as_posix()}", False  # noqa: PTH100
    return f"python {path.name}", False


def _own_words(words: Sequence[str]) -> Iterator[str]:
    before = ""
    for word in words:
        name, given, value = word.partition("=")
        if word.startswith("-p") and len(word) > len("-p"):
            yield f"-p{_without_value(word[2:])}"
        elif name == "--parameters" and given:
            yield f"{name}={_without_value(value)}"
        elif word.startswith("--") and before not in _PARAMETERS:
            yield word
        else:
            yield _without_value(word)
        before = word


def _without_value(given: str) -> str:
    """A parameter that is given, as its name; the name of a file as it is."""
    name, equals, _ = given.partition("=")
    return f"{name}={_HIDDEN}" if equals else given


def _foreign_words(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        name, equals, _ = word.partition("=")
        yield (f"{name}={_HIDDEN}" if equals else word) if word.startswith("--") else _HIDDEN


def _quoted(word: str) -> str:
    return repr(word) if not word or any(c.isspace() or c in "'\"" for c in word) else word
