"""What it takes to put files into the catalog and to get them, and to keep an array, beside `cp` and `np.save`."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.environments import interpreter
from benchmarks.measure import Command, compare

LARGE = int(os.environ.get("RUNNABLE_BENCH_MB", "2048"))
"""MiB of the large file; the array has half as many."""
SMALL = 10_000
_BEGIN = """
import shutil, sys
from pathlib import Path
from runnable_runtime.stores.catalog import RunCatalog
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.stores.storage import Storage
source, work = Path(sys.argv[1]), Path(sys.argv[2])
shutil.rmtree(work, ignore_errors=True)
(work / "got").mkdir(parents=True)
storage = Storage(StoreSettings(str(work / "store")), "run", "step")
"""
_CATALOG = """
RunCatalog(storage, source, source).put(["**"], copy=True, complete=True)
RunCatalog(storage, work / "got", work / "got").get(["**"])
"""
_ARRAY = """
import numpy
array = numpy.arange(int(sys.argv[3]) * 131072)
objects = Objects(storage)
objects.load(objects.save(array, "array"), "array")
"""
_NUMPY = """
import numpy, os
array = numpy.arange(int(sys.argv[3]) * 131072)
with (work / "array.npy").open("wb") as file:
    numpy.save(file, array)
    file.flush()
    os.fsync(file.fileno())
numpy.load(work / "array.npy")
"""


def bench_data(folder: Path, runs: int, path: str) -> None:
    """Whole processes. `cp` is durable too: `sync` of the folder that was written follows, and the way back."""
    large, small = folder / "large", folder / "small"
    large.mkdir()
    with (large / "file").open("wb") as file:
        for _ in range(LARGE):
            file.write(os.urandom(1024 * 1024))
    for number in range(SMALL):
        place = small / str(number // 1000) / f"{number}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(os.urandom(1000))
    work = folder / "work"

    def python(key: str, text: str, *words: object) -> Command:
        arguments = [interpreter("ours"), "-c", _BEGIN + text, *map(str, words)]
        return Command(key, arguments, folder, {"PYTHONPATH": path})

    def copied(source: Path) -> Command:
        there, back = f"cp -r {source} {work}/a", f"cp -r {work}/a {work}/b"
        line = f"rm -rf {work}; mkdir {work}; {there} && sync -f {work}/a && {back}"
        return Command("peer", ["sh", "-c", line], folder)

    rows = [
        (f"put and get a file of {LARGE:,} MiB; `cp`", python("ours", _CATALOG, large, work), copied(large)),
        (f"put and get {SMALL:,} files of 1 kB; `cp -r`", python("ours", _CATALOG, small, work), copied(small)),
        (
            f"keep and load an array of {LARGE // 2:,} MiB; `np.save`, `np.load`",
            python("ours", _ARRAY, large, work, LARGE // 2),
            python("peer", _NUMPY, large, work, LARGE // 2),
        ),
    ]
    print("\n### Data\n\n| | ours | peer | ours / peer |\n| --- | --- | --- | --- |")
    for title, ours, peer in rows:
        found = compare([ours, peer], runs=runs, limit=600)
        mine, theirs = found["ours"], found["peer"]
        ratio = "" if mine.problem or theirs.problem else f"{mine.median / theirs.median:.2f}"
        print(f"| {title} | {mine} | {theirs} | {ratio} |", flush=True)
