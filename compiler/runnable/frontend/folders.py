"""Which files of a folder are pipelines.

Of all Python files below it, those that import `runnable`. Left out are hidden folders, virtual environments,
`node_modules`, `__pycache__`, and tests: `test_*.py`, `*_test.py` and `conftest.py`. Whether such a file has a pipeline
is known when it has been run, as `load` does: one that defines none is skipped then.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.presence import is_folder, is_there

_IMPORTS = pattern(
    rb"^[ \t]*(?:from[ \t]+runnable(?:\.sdk)?[ \t]+import\b|import[ \t]+(?:.*,[ \t]*)?runnable\b(?!\.))", re.MULTILINE
)
_NO_PIPELINES = frozenset({"__pycache__", "node_modules", "site-packages"})
_TESTS = ("test_*.py", "*_test.py", "conftest.py")


@dataclass(frozen=True, slots=True)
class Source:
    """A pipeline that is asked for, as `load` takes it.

    `within` is the folder that was named and it is in, empty if it was named itself. `skipped` says why it is not
    loaded.
    """

    reference: str
    within: str = ""
    skipped: str = ""


def sources(named: Sequence[str], exclude: Sequence[str] = ()) -> list[Source]:
    """What `named`, files and folders, stand for, each once: folders by their files, sorted by path.

    A file in a folder whose path in it, or a folder's on the way, matches a pattern of `exclude` is skipped.
    """
    found: dict[str, Source] = {}
    for one in named:
        for source in _below(one, exclude) if is_folder(one) else (Source(one),):
            known = found.get(_identity(source))
            if known is None or not source.within:
                found[_identity(source)] = source
    return list(found.values())


def is_several(named: Sequence[str]) -> bool:
    """Whether `named` is more than one pipeline's file, or may be."""
    return len(named) > 1 or any(is_folder(one) for one in named)


def _identity(source: Source) -> str:
    return os.path.normpath(source.reference)


def _below(folder: str, exclude: Sequence[str]) -> Iterator[Source]:
    for path in sorted(_python_files(folder)):
        inner = Path(path).relative_to(folder).as_posix()
        yield Source(path, folder, _reason(Path(path), inner, exclude))


def _python_files(folder: str) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not _is_left_out(Path(place, name))]
        yield from (os.path.join(place, name) for name in files if name.endswith(".py"))  # noqa: PTH118 - a text


def _is_left_out(folder: Path) -> bool:
    return folder.name.startswith(".") or folder.name in _NO_PIPELINES or is_there(folder / "pyvenv.cfg")


def _reason(path: Path, inner: str, exclude: Sequence[str]) -> str:
    """Why the file is not a pipeline's, as far as can be seen without running it; empty if it may be."""
    if pattern := next((one for one in exclude if _matches(inner, one)), ""):
        return f"excluded by {pattern!r}"
    if any(fnmatch(path.name, pattern) for pattern in _TESTS):
        return "it is a test"
    try:
        return "" if _IMPORTS.search(path.read_bytes()) else "it does not import runnable"
    except OSError:
        return ""  # loading it reports why


def _matches(inner: str, pattern: str) -> bool:
    return any(fnmatch(part, pattern.rstrip("/")) for part in _and_around(inner))


def _and_around(inner: str) -> Iterable[str]:
    parts = inner.split("/")
    return [*("/".join(parts[:length]) for length in range(1, len(parts) + 1)), *parts]
