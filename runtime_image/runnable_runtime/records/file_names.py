"""File names for steps, and where a run's logs and notebooks lie in its folder.

A step's path can hold blanks and any other printable character. It becomes a file name by percent-encoding all but
letters, digits, `.`, `_` and `-`; a long one is cut and gets a hash, the record inside the file having the whole path.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from runnable_runtime.digests import sha256

_LONGEST = 180
"""The longest name, in characters; with the suffixes of temporary files it stays under the usual limit of 255."""


def encode_path(path: str) -> str:
    """The file name (without a suffix) for the step at `path`. Different paths give different names."""
    name = quote(path, safe="")
    if name.startswith("."):
        name = "%2E" + name[1:]
    if len(name) <= _LONGEST:
        return name
    digest = sha256(path.encode()).hexdigest()[:16]
    return f"{name[: _LONGEST - 18]}%%{digest}"


def decode_path(name: str) -> str | None:
    """The path that `encode_path` made `name` of; None where the name was cut."""
    return None if "%%" in name else unquote(name)


def log_name(path: str, attempt: int) -> str:
    """Where the log of an attempt at a step is kept, relative to the run's folder."""
    return f"logs/{encode_path(path)}.{attempt}.log"


def notebook_name(path: str, attempt: int) -> str:
    """Where the executed notebook of an attempt at a step is kept, relative to the run's folder."""
    return f"notebooks/{encode_path(path)}.{attempt}.ipynb"
