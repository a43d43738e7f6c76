"""The archives in which an engine takes and gives files of a container: tar files, in memory."""

from __future__ import annotations

import io
import tarfile


def one_folder(path: str) -> bytes:
    """An archive with the folder at the absolute `path`, which any user may write to."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        folder = tarfile.TarInfo(path.lstrip("/"))
        folder.type = tarfile.DIRTYPE
        folder.mode = 0o777
        archive.addfile(folder)
    return written.getvalue()


def only_file(data: bytes) -> bytes | None:
    """The content of the file that an archive has; None if it is no plain file, such as a folder or a link."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        first = archive.next()
        file = archive.extractfile(first) if first is not None and first.isfile() else None
        return None if file is None else file.read()
