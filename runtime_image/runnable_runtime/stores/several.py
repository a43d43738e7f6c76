"""Moving several files at once, to and from a store: as the store can, or one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar, cast

from runnable_runtime.stores.hashing import sha256_of
from runnable_runtime.stores.location import Location, Progress

One = TypeVar("One")
Result = TypeVar("Result")


class Moved(NamedTuple):
    """A file to be moved: where it is, or will be, on this machine; its key in the store; what is told of the progress.

    `size` is its size in bytes, as far as it is known.
    """

    file: Path
    key: str
    size: int
    progress: Progress | None = None


class Several(Protocol):
    """What a store may have beside the methods of `Location`: both give the digest and the size of each file, in order.

    A file that was given is whole and durable in the store; after an error, some of those that were not may be, too.
    """

    def upload_all(self, files: Iterable[Moved]) -> Iterator[tuple[str, int]]:
        """Copy files to the store."""
        ...

    def download_all(self, files: Iterable[Moved]) -> Iterator[tuple[str, int]]:
        """Copy files of the store over those of this machine, in folders that are there."""
        ...


def upload_all(location: Location, files: Iterable[Moved]) -> Iterator[tuple[str, int]]:
    """Copy `files` to the store. Raises what its `upload` raises."""
    if hasattr(location, "upload_all"):
        yield from cast("Several", location).upload_all(files)
        return
    for one in files:
        found = sha256_of(one.file)
        location.upload(one.file, one.key, one.progress)
        yield found


def download_all(location: Location, files: Iterable[Moved]) -> Iterator[tuple[str, int]]:
    """Copy `files` from the store. Raises what its `download` raises."""
    if hasattr(location, "download_all"):
        yield from cast("Several", location).download_all(files)
        return
    for one in files:
        location.download(one.key, one.file, one.progress)
        yield sha256_of(one.file)


def groups(files: Iterable[Moved], number: int, size: int) -> Iterator[list[Moved]]:
    """`files`, in groups of at most `number`, and of at most `size` bytes where there are several in one."""
    group: list[Moved] = []
    total = 0
    for one in files:
        if group and (len(group) == number or total + one.size > size):
            yield group
            group, total = [], 0
        group.append(one)
        total += one.size
    if group:
        yield group


def at_once(do: Callable[[One], Result], ones: Iterable[One], number: int) -> list[Result]:
    """What `do` gives for each, of so many at the same time. Raises what the first one raises that does."""
    todo = list(ones)
    if len(todo) < 2:
        return [do(one) for one in todo]
    from concurrent.futures import ThreadPoolExecutor  # for which tasks that move no files do not wait

    with ThreadPoolExecutor(min(number, len(todo))) as pool:
        try:
            return [one.result() for one in [pool.submit(do, one) for one in todo]]
        except BaseException as error:
            pool.shutdown(cancel_futures=True)
            if not isinstance(error, RuntimeError):
                raise
    return [do(one) for one in todo]  # the system allows no thread more
