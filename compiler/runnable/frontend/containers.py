"""From a ContainerTask as a user writes it to the IR: its program, arguments with parameters, and files of returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from runnable.diagnostics.codes.programs import ContainerCannot, ImageNotNamed
from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.frontend.arguments import is_parameter
from runnable.ir.nodes import ContainerRun, Reads
from runnable.sdk.describe import shown
from runnable.sdk.parameters import ArgumentText, ParameterReference
from runnable.sdk.tasks import ContainerTask
from runnable_runtime.deferred import dataclass

_CANNOT = {
    "catalog": (
        "nothing in its image moves files",
        "return what is small, or let the program read and write a volume or bucket",
    ),
    "arguments": ("a program has no names for what it takes", 'write them as args=["--lr", param("lr")]'),
    "cache": ("it is not known what its image does with what it is given", ""),
}
"""The options of tasks that it cannot have: the reason, and what to do instead."""
_KEPT_FROM = (
    "/",
    "/argo",
    "/bin",
    "/dev",
    "/etc",
    "/lib",
    "/proc",
    "/sbin",
    "/sys",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/var/run/argo",
)
"""Folders that no file is returned from: an empty one in their place would take what the program needs to start."""


@dataclass(slots=True)
class Containers:
    """Reads one step; mistakes go to `problems`."""

    step: ContainerTask
    problems: list[Diagnostic]

    def read(self) -> tuple[ContainerRun, Reads]:
        """What the step runs, and the parameters in its arguments, which all have to be provided."""
        step: Any = self.step
        if step.image is None:
            self.problems.append(ImageNotNamed(span=step.span, step=step.name))
        for option, (reason, instead) in _CANNOT.items():
            if getattr(step, option):
                cannot = ContainerCannot(span=step.span, step=step.name, option=option, reason=reason, instead=instead)
                self.problems.append(cannot)
        run = ContainerRun(self._command(), tuple(self._arguments()), self._files(), self._folder())
        return run, Reads(required=run.parameters)

    def _command(self) -> tuple[str, ...]:
        written: Any = self.step.command
        if not _is_list(written) or not all(isinstance(word, str) for word in written) or not any(written):
            instead = (
                f'command={written.split()!r}, or command=["sh", "-c", ...] for a shell'
                if isinstance(written, str)
                else ""
            )
            self._bad("command", f"is a list of texts, not {shown(written)}", instead)
            return ()
        self._check_texts("command", written)
        return tuple(written)

    def _arguments(self) -> Iterator[tuple[str, ...]]:
        written: Any = self.step.args
        if not _is_list(written):
            self._bad("args", f"is a list of texts and param(...), not {shown(written)}")
            return
        for one in written:
            match one:
                case str():
                    pieces: tuple[object, ...] = (one,)
                case ParameterReference():
                    pieces = (one,)
                case ArgumentText(joined):
                    pieces = joined
                case _:
                    instead = f"write {str(one)!r}" if isinstance(one, int | float) else ""
                    self._bad("args", f"holds {shown(one)}, which is neither a text nor param(...)", instead)
                    continue
            yield self._argument(pieces)

    def _argument(self, pieces: Sequence[object]) -> tuple[str, ...]:
        """Texts and, between them, the names of parameters: see `ContainerRun`."""
        found = [""]
        for piece in pieces:
            match piece:
                case ParameterReference(name) if is_parameter(name):
                    found += [name, ""]
                case str():
                    found[-1] += piece
                case _:
                    self._bad("args", f'has {shown(piece)}, and a parameter has a name, as param("lr")')
        self._check_texts("args", found[::2])
        return tuple(found)

    def _check_texts(self, option: str, texts: Sequence[str]) -> None:
        for text in texts:
            if "\0" in text:
                self._bad(option, f"has {shown(text)}: no argument of a program can have a NUL character")

    def _files(self) -> tuple[str, ...]:
        """The files of returns; those whose names are no names are left out, as `read_returns` leaves them out."""
        written: Any = self.step.returns
        if not isinstance(written, Mapping):
            if written:
                instead = 'returns={"rows": "/out/rows.json"}'
                self._bad("returns", f"is a mapping of names to files, not {shown(written)}", instead)
            return ()
        found = []
        for name, path in written.items():
            if reason := _unfit(path):
                self._bad("returns", f"has {shown(path)} for {shown(name)}, which {reason}")
            found.append(str(path))
        if len(set(found)) < len(found):
            self._bad("returns", "has one file for two names")
        return tuple(found)

    def _folder(self) -> str:
        folder: Any = self.step.working_dir
        if not isinstance(folder, str) or (folder and not folder.startswith("/")):
            self._bad("working_dir", f"is an absolute path in the image, not {shown(folder)}")
            return ""
        return folder

    def _bad(self, option: str, reason: str, instead: str = "") -> None:
        owner = f"step {self.step.name!r}"
        bad = BadOption(span=self.step.span, owner=owner, option=option, reason=reason, instead=instead)
        self.problems.append(bad)


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _unfit(path: object) -> str:
    """Why no file of returns can be at `path`; empty if one can."""
    if not isinstance(path, str) or not path.startswith("/"):
        return "is no absolute path of a file in the container"
    if str(PurePosixPath(path)) != path or ".." in path.split("/"):
        return "should be written plainly, without '..', '//' or a '/' at its end"
    folder = str(PurePosixPath(path).parent)
    if folder in _KEPT_FROM:
        return f"is in {folder}: it needs a folder of its own, such as /out, which is empty when the program starts"
    return ""
