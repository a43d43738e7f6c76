"""The build context of an image: files by their path, packed into the same bytes from any folder, on any day."""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

from runnable.container_engine.builds import kept_files
from runnable_runtime.deferred import dataclass

IGNORE_FILE = ".dockerignore"
IGNORED = (
    ".git",
    ".venv",
    "venv",
    "**/__pycache__",
    "**/*.pyc",
    "**/*.egg-info",
    "**/.ipynb_checkpoints",
    "**/.mypy_cache",
    "**/.pytest_cache",
    "**/.ruff_cache",
    "**/.run_log_store",
    "**/.catalog",
    "**/node_modules",
    "**/.env",
    ".idea",
    ".vscode",
)
"""What is left out where a project has no .dockerignore of its own."""

_LENGTH = 12
_TIME = 315_619_200
"""Seconds since 1970: 1980-01-02. Times before 1980 cannot be in a zip file, in any time zone."""


class ContextError(Exception):
    """The files to build an image from cannot be read or packed; the text says why."""


@dataclass(frozen=True, slots=True)
class ContextFile:
    """One file: its bytes, or where they are, and whether it can be executed. A link has its target in `link`."""

    source: Path | bytes
    executable: bool = False
    link: str = ""

    def open(self) -> IO[bytes]:
        """Its bytes. Raises ContextError."""
        if isinstance(self.source, bytes):
            return io.BytesIO(self.source)
        try:
            return self.source.open("rb")
        except OSError as error:
            raise ContextError(f"{self.source} cannot be read: {error.strerror}") from None

    @property
    def size(self) -> int:
        """In bytes. Raises OSError."""
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size


Context = Mapping[str, ContextFile]
"""Files by their path in the context."""


def folder_files(folder: Path, patterns: Iterable[str], dockerfile: str = "Dockerfile") -> dict[str, ContextFile]:
    """The files below `folder`, without those that the `patterns` of a .dockerignore leave out. Raises ContextError."""
    found: dict[str, ContextFile] = {}
    try:
        for path in kept_files(str(folder), list(patterns), dockerfile):
            file = folder / path
            if file.is_symlink():
                found[path] = ContextFile(b"", link=str(file.readlink()))
            elif file.is_file():
                found[path] = ContextFile(file, executable=bool(file.stat().st_mode & 0o100))
    except OSError as error:
        raise ContextError(f"{error.filename or folder} cannot be read: {error.strerror or error}") from None
    return found


def ignored_patterns(folder: Path) -> tuple[str, ...]:
    """The patterns of the folder's .dockerignore, or those that are left out without one. Raises ContextError."""
    file = folder / IGNORE_FILE
    if not file.exists():
        return IGNORED
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ContextError(f"{file} cannot be read: {error}") from None
    return tuple(line for line in lines if line and not line.startswith("#"))


def digest(context: Context, *more: str) -> str:
    """A short digest of all files, their paths and modes, and of `more`: it changes if any of these changes.

    Raises ContextError.
    """
    found = hashlib.sha256()
    for text in more:
        found.update(f"{len(text)}\0{text}".encode())
    for path, file in sorted(context.items()):
        found.update(f"{path}\0{file.executable}\0{file.link}\0{file.size}\0".encode("utf-8", "surrogateescape"))
        with file.open() as stream:
            while chunk := stream.read(1 << 20):
                found.update(chunk)
    return found.hexdigest()[:_LENGTH]


def archive(context: Context) -> IO[bytes]:
    """The context as a temporary tar file, open at its beginning, which is removed when it is closed.

    Owners and times are not those of this machine, and everybody may read: what is private here is to be readable by
    the image's user too. Raises ContextError.
    """
    try:
        stream = tempfile.TemporaryFile(prefix="runnable-image-")  # noqa: SIM115 - the caller closes it
        _pack(context, stream)
    except OSError as error:
        reason = f"its files cannot be packed: {error.strerror or error} (TMPDIR names the folder where they are)"
        raise ContextError(reason) from None
    stream.seek(0)
    return stream


def _pack(context: Context, stream: IO[bytes]) -> None:
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, file in sorted(context.items()):
            info = tarfile.TarInfo(path)
            info.mode, info.mtime = 0o755 if file.executable else 0o644, _TIME
            if file.link:
                info.type, info.linkname = tarfile.SYMTYPE, file.link
                tar.addfile(info)
                continue
            info.size = file.size
            with file.open() as content:
                tar.addfile(info, content)
    stream.flush()


def largest(context: Context, count: int = 3) -> list[tuple[str, int]]:
    """The top-level entries with the most bytes, and their sizes, largest first."""
    sizes: Counter[str] = Counter()
    for path, file in context.items():
        sizes[path.partition("/")[0]] += file.size
    return sizes.most_common(count)
