"""The data files that code names by its texts: each as a whole, as a word of a command or query, or piece by piece.

FOLDER = Path("data")
(FOLDER / "raw" / "prices.csv").open()          # the texts "data", "raw" and "prices.csv"
open(f"{FOLDER}/raw/prices.csv")                # "data" and "/raw/prices.csv"
duckdb.sql("select * from 'data/a.parquet'")    # the word data/a.parquet
polars.scan_parquet("data/*.parquet")           # all that match
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from runnable_runtime.code.hashing import hashed
from runnable_runtime.deferred import pattern
from runnable_runtime.presence import is_file, is_folder

_LONGEST = 255
"""How long a text is, at most, that may be the path of a file, in characters."""
_LONGEST_OF_WORDS = 100_000
_LARGEST = 1 << 30
"""From this size on, in bytes, a data file counts by its size and its time: reading it would take seconds."""
_MOST_MATCHING = 1_000
_NOT_ENTERED = frozenset({"__pycache__", "node_modules", "site-packages"})
_PATTERN = pattern(r"(?=.*[*?])(?=.*\w)(?=.*[./])[\w\s.,/*?@=~-]+")
"""What is a pattern of paths, rather than a regular expression: it has a folder, or a name's ending."""
_WORD = pattern(r"[^\s\"'`;|&<>()\[\]{},=]+")


def words(text: str) -> list[str]:
    """The words of a command, a query or a sentence that may be paths."""
    return _WORD.findall(text)


def may_name_file(text: str) -> bool:
    """Whether `text` may be the path of a file."""
    return (
        0 < len(text) <= _LONGEST
        and not {"\n", "\0", "\t"} & set(text)
        and text == text.strip()
        and text not in (".", "..")
    )


def names_in(text: str) -> Iterator[str]:
    """What in `text` may be a path, or a part of one: it as a whole, and its words that look like paths."""
    if may_name_file(text):
        yield text
    if len(text) <= _LONGEST_OF_WORDS and any(map(str.isspace, text)):
        yield from (word for word in words(text) if ("." in word or "/" in word) and may_name_file(word))


class TooMany(Exception):
    """So many files match a pattern, which is the text, that they are not looked at."""


def named_files(names: Iterable[str], project: Path, beside: Iterable[Path] = ()) -> Iterator[Path]:
    """The files that `names` name, relative to `project`, to folders that they name, and to those `beside` of the code.

    A folder is named in the same ways. Raises TooMany.
    """
    pieces = list(dict.fromkeys(names))
    folders = dict.fromkeys((project, *beside))
    for name in pieces:
        if is_folder(name):  # a whole path, or one of the working folder
            folders[Path(name)] = None
        elif is_file(name):
            yield Path(name)
    pending = list(folders)
    relative = list(dict.fromkeys(name.lstrip("/").removeprefix("./") for name in pieces))
    while pending:
        folder = pending.pop(0)
        for name in filter(None, relative):
            place = folder / name
            if _is_pattern(name):
                yield from _matching(folder, name)
            elif is_file(place):
                yield place
            elif place not in folders and ".." not in place.parts and is_folder(place):
                folders[place] = None
                pending.append(place)


def _is_pattern(name: str) -> bool:
    return _PATTERN.fullmatch(name) is not None and ".." not in name


def _matching(folder: Path, wanted: str) -> Iterator[Path]:
    """The files below `folder` that a pattern matches; none that is hidden, or below a hidden folder."""
    top, recursive, rest = wanted.partition("**/")
    if recursive:
        folders = [Path(place) for above in _folders(folder, top) for place in _all_below(above)]
    else:
        folders, rest = [folder], wanted
    found = 0
    for place in folders:
        for file in sorted(place.glob(rest)):
            if is_file(file) and not any(part.startswith(".") for part in file.relative_to(folder).parts):
                if (found := found + 1) > _MOST_MATCHING:
                    raise TooMany(wanted)
                yield file


def _folders(folder: Path, wanted: str) -> list[Path]:
    return [one for one in folder.glob(wanted.rstrip("/")) if is_folder(one)] if wanted else [folder]


def _all_below(folder: Path) -> Iterator[str]:
    """The folder, and those below it, but for hidden ones and those that packages are installed in."""
    for place, inner, _ in os.walk(folder):
        inner[:] = [name for name in inner if not name.startswith(".") and name not in _NOT_ENTERED]
        yield place


def state(project: Path, path: str) -> str:
    """The hash of a file's content, or, of a path that ends with a slash, of what is in the folder; empty without it.

    What is hidden in a folder does not count, nor do Python's own files.
    """
    if not path.endswith("/"):
        return content(project, path) if is_file(project / path) else ""
    try:
        names = sorted(one.name for one in (project / path).iterdir())
    except OSError:
        return ""
    return hashed("\0".join(name for name in names if not name.startswith(".") and name != "__pycache__"))


def content(project: Path, file: str, size: int | None = None) -> str:
    """The hash of a data file's content, or of its first `size` bytes; empty if it is not there.

    A very large one counts by its size and time.
    """
    place = project / file
    try:
        status = place.stat()
        if status.st_size > _LARGEST:
            return hashed(f"{status.st_size} {status.st_mtime_ns}")
        if size is not None:
            return _of_beginning(place, size)
        version = status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
        known = _known.get(place)
        if known is None or known[0] != version:
            is_settled = time.time_ns() - status.st_ctime_ns > _SETTLED
            known = version, _of_whole(place)
            if is_settled and len(_known) < _MOST_KNOWN:
                _known[place] = known
        return known[1]
    except OSError:
        return ""


_known: dict[Path, tuple[tuple[int, ...], str]] = {}
"""Files with what tells one content from another, and the hash: items of a Map name the same ones."""
_MOST_KNOWN = 10_000
_SETTLED = 2_000_000_000
"""How old a content has to be, in nanoseconds: another one could have the same time, as clocks of file systems tick."""


def _of_whole(place: Path) -> str:
    import hashlib

    with place.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:16]


def _of_beginning(place: Path, size: int) -> str:
    import hashlib

    found, left = hashlib.sha256(), size
    with place.open("rb") as stream:
        while left > 0 and (block := stream.read(min(left, 1 << 20))):
            found.update(block)
            left -= len(block)
    return found.hexdigest()[:16]
