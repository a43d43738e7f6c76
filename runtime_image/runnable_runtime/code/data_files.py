"""The data files that code names by its texts: each as a whole, as a word of a command or query, or piece by piece.

FOLDER = Path("data")
(FOLDER / "raw" / "prices.csv").open()          # the texts "data", "raw" and "prices.csv"
open(f"{FOLDER}/raw/prices.csv")                # "data" and "/raw/prices.csv"
duckdb.sql("select * from 'data/a.parquet'")    # the word data/a.parquet
polars.scan_parquet("data/*.parquet")           # all that match
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from runnable_runtime.deferred import pattern
from runnable_runtime.presence import is_file, is_folder

_LONGEST = 255
"""How long a text is, at most, that may be the path of a file, in characters."""
_LONGEST_OF_WORDS = 100_000
_MOST_MATCHING = 1_000
_MOST_BELOW = 20_000
_NOT_ENTERED = frozenset({"__pycache__", "node_modules", "site-packages"})
_PATTERN = pattern(r"(?=.*[*?])(?=.*\w)(?=.*[./])[\w.,/*?@=~-]+")
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
    folders: Iterable[Path] = [folder]
    if recursive:
        folders = (below for above in _folders(folder, top) for below in _all_below(above, wanted))
    found = 0
    for place in folders:
        for name in sorted(islice(_glob(place, rest if recursive else wanted), _MOST_BELOW)):
            if is_file(place / name):
                if (found := found + 1) > _MOST_MATCHING:
                    raise TooMany(wanted)
                yield place / name


def _folders(folder: Path, wanted: str) -> list[Path]:
    found = (folder / name for name in _glob(folder, wanted.rstrip("/"))) if wanted else [folder]
    return [one for one in found if is_folder(one)]


def _glob(folder: Path, wanted: str) -> Iterator[str]:
    from glob import iglob

    return iglob(wanted, root_dir=folder, recursive=True)  # noqa: PTH207 - it takes any text, and hides what is hidden


def _all_below(folder: Path, wanted: str) -> Iterator[Path]:
    """The folder, and those below it, but for hidden ones and those that packages are installed in."""
    entries = 0
    for place, inner, files in os.walk(folder):
        if (entries := entries + len(inner) + len(files)) > _MOST_BELOW:
            raise TooMany(wanted)
        inner[:] = [name for name in inner if not name.startswith(".") and name not in _NOT_ENTERED]
        yield Path(place)
