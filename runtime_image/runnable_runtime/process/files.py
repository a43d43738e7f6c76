"""Writing files so that a reader finds the whole of one or nothing, and that a power cut does not lose them."""

from __future__ import annotations

import os
from pathlib import Path

from runnable_runtime.presence import is_file, is_folder, is_there


def write_atomically(path: Path, text: str) -> None:
    """Write `text` to `path`, in UTF-8, by way of a file beside it; folders on the way are made.

    What is there and is no file, such as /dev/null or a pipe, is written to as it is; of a link, what it leads to.

    Raises:
        OSError: it cannot be written. No temporary file is left then.
    """
    if is_there(path) and not is_file(path) and not is_folder(path):
        path.write_text(text, encoding="utf-8", newline="")
        return
    path = path.resolve()  # or a file would take the place of a link, as of /dev/stdout
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable, where the system can open a folder. Raises OSError."""
    if os.name != "nt":
        sync(folder)


def sync(file: Path) -> None:
    """Have what was written to `file` on the disk. Raises OSError."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
