"""A folder of compiled files: writing it, and removing files that the pipeline no longer compiles to.

A folder belongs to one pipeline. Every compiled file begins with a line that names the pipeline, so that files which
somebody else put there are recognised, and left alone.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Container, Sequence
from pathlib import Path

from runnable.diagnostics.codes.targets import FolderTaken
from runnable.diagnostics.errors import OutputError
from runnable.diagnostics.terminal import say
from runnable.targets.target import Document
from runnable_runtime.presence import is_folder, is_there
from runnable_runtime.process.files import write_atomically

_MARK = "# Compiled by runnable from the pipeline "


def heading(text: str) -> str:
    """The line that a compiled manifest begins with; empty for the output of targets without one."""
    first, end, _ = text.partition("\n")
    return first + end if first.startswith(_MARK) else ""


def owner(text: str) -> str:
    """The name of the pipeline that a manifest was compiled from; empty for texts of others."""
    return heading(text).removeprefix(_MARK).partition(":")[0]


def write_folder(folder: Path, documents: Sequence[Document], owner: str) -> None:
    """Write `documents`, and remove files that were compiled from the pipeline `owner` and no longer are.

    Raises OutputError, before anything is written, if a file that is not this pipeline's is in the way (RN503).
    """
    if problems := [problem for document in documents if (problem := _taken(folder / document.file_name, owner))]:
        raise OutputError("\n\n".join(problem.render() for problem in problems))
    stale = stale_files(folder, documents, owner)
    for document in documents:
        write_file(folder / document.file_name, document.text)
    for file in stale:
        try:
            file.unlink()
        except OSError as error:
            raise OutputError(f"cannot remove {file}: {error.strerror or error}") from None
        say(f"removed {file}", file=sys.stderr)


def stale_files(folder: Path, documents: Sequence[Document], owner: str) -> list[Path]:
    """The files in `folder` that an earlier compilation of the pipeline `owner` has left and this one does not have."""
    names = {document.file_name for document in documents}
    if not owner or not is_folder(folder):
        return []
    return [file for file in sorted(folder.glob("*.yaml")) if file.name not in names and _owner_of(file) == owner]


def manifests_without_source(folder: Path, named: Collection[str], compiled: Container[str]) -> list[Path]:
    """The manifests in `folder` of pipelines whose file is no longer in the folder that was `named`.

    `compiled` has the paths of those in it that are compiled now. What is left of several folders, or of files that
    were named themselves, is not known.
    """
    if len(named) != 1 or not (source := next(iter(named))) or not is_folder(folder):
        return []
    found = []
    for file in sorted(folder.rglob("*.yaml")):
        inside = file.relative_to(folder)
        if inside.as_posix() not in compiled and not _has_source(Path(source, inside)) and _owner_of(file):
            found.append(file)
    return found


def _has_source(manifest: Path) -> bool:
    """Whether there is a file that the manifest may be of: ``FILE.py``, or that of ``FILE.py:NAME`` (`FILE-NAME`)."""
    words = manifest.stem.split("-")
    return any(is_there(manifest.with_name(f"{'-'.join(words[:end])}.py")) for end in range(1, len(words) + 1))


def write_file(path: Path, text: str) -> None:
    """Write a file whole or not at all, or what is there as it is (`write_atomically`). Raises OutputError."""
    try:
        write_atomically(path, text)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from None
    say(f"wrote {path}", file=sys.stderr)


def _taken(path: Path, pipeline: str) -> FolderTaken | None:
    found = _owner_of(path)
    if found is None or found == pipeline or not pipeline:
        return None
    return FolderTaken(file=str(path), pipeline=pipeline, owner=found)


def _owner_of(path: Path) -> str | None:
    """The pipeline that a file was compiled from: empty where it was not, None where there is no file."""
    try:
        with path.open(encoding="utf-8") as stream:
            return owner(stream.readline())
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        return ""
