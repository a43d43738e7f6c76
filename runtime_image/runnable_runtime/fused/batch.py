"""Several items of a fan-out in one pod: its tasks run for each of them, as many at a time as the pod has processors.

Which items they are is one line of the inputs, in place of an item's own (`protocol`), with one entry for each:

    ["batch","x","xs",[[3,1000,"paris"],[4,1000,"oslo"]]]        or, where nothing reads the item,
    ["batch",[[3,1000],[4,1000]]]

What the items return leaves the pod as the part of the fan-out's results that is theirs, in their order. An item that
fails leaves the others alone; then the pod fails, and names it. Of a Map that collects, what the others returned leaves
the pod all the same, and for an item that has failed its entry in the list of failures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from runnable_runtime import protocol
from runnable_runtime.failures import BadInput
from runnable_runtime.fused.members import GRACE, Place
from runnable_runtime.fused.run import Tasks
from runnable_runtime.fused.spec import FusedSpec
from runnable_runtime.protocol import Json
from runnable_runtime.values.last_words import failed_line
from runnable_runtime.values.parameters import encode
from runnable_runtime.values.texts import loads

_START = '["batch",'


class Items:
    """The items of one pod. `failed`: the paths of the tasks that have failed, with the messages; see `Tasks`."""

    def __init__(self, spec: FusedSpec, inputs: str, place: Place) -> None:
        """Raises BadInput where no line has the items."""
        self._place = place
        self._reports = spec.reports
        self._inputs = list(inputs_of_items(inputs))
        self._items = [
            Tasks(spec, lines, replace(place, scratch=place.scratch / str(number), together=True))
            for number, lines in enumerate(self._inputs)
        ]

    def run(self) -> int:
        """Run them; the code to exit with, that of the first item that has failed."""
        with ThreadPoolExecutor(processors()) as pool:
            found = [pool.submit(item.run) for item in self._items]
            try:
                codes = [one.result() for one in found]
            except BaseException:
                self._place.running.stop(GRACE)
                pool.shutdown(cancel_futures=True)
                raise
        return next((code for code in codes if code), protocol.EXIT_OK)

    @property
    def failed(self) -> list[tuple[str, str]]:
        """The paths of the tasks that have failed, and why."""
        return [(item.failed, item.message) for item in self._items if item.failed]

    @property
    def outputs(self) -> str:
        """What the items returned, as the results of a fan-out are (`protocol`); empty where that is nothing."""
        if self.failed and not self._reports:
            return ""
        found = zip(self._inputs, self._items, strict=True)
        return encode(
            [{"out": failed_entry(inputs, one.failure) if one.failed else one.outputs} for inputs, one in found]
        )


def inputs_of_items(inputs: str) -> Iterator[str]:
    """The inputs of each item. Raises BadInput where no line has the items."""
    lines = inputs.split("\n")
    position = next((number for number, line in enumerate(lines) if line.startswith(_START)), None)
    if position is None:
        raise BadInput("no line of the inputs has the items that the pod is for")
    for own in _own_lines(lines[position]):
        yield "\n".join([*lines[:position], own, *lines[position + 1 :]])


def _own_lines(line: str) -> Iterator[str]:
    match loads(line):
        case ["batch", str() as item, str() as over, list() as entries]:
            yield from (encode(["item", item, over, entry]) for entry in entries)
        case ["batch", list() as entries]:
            yield from (encode(["number", entry[:2]]) for entry in entries)
        case _:
            raise BadInput("the line of the inputs with the items that the pod is for is none")


def failed_entry(inputs: str, failure: dict[str, Json]) -> str:
    """The line for an item that has failed, of which `inputs` are those of the item; the item if its line has it."""
    line = next(line for line in reversed(inputs.split("\n")) if line.startswith('["item",'))
    number, _, *value = loads(line)[3]
    return failed_line({"index": number, "item": value[0] if len(value) == 1 else None, **failure})


def numbers(inputs: str) -> list[int]:
    """The numbers of the items of a pod; none where its inputs have no such line."""
    line = next((line for line in inputs.split("\n") if line.startswith(_START)), "")
    with suppress(ValueError):
        match loads(line):
            case ["batch", *_, list() as entries]:
                return [entry[0] for entry in entries]
            case _:
                pass
    return []


def processors(groups: Path = Path("/sys/fs/cgroup")) -> int:
    """How many processors this container may use, at least one."""
    known = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for files in ("cpu.max",), ("cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"):  # of either version of cgroups
        with suppress(OSError, ValueError):
            texts = [(groups / file).read_text(encoding="ascii") for file in files]
            quota, period = map(int, " ".join(texts).split())
            return max(1, min(known, -(-quota // period))) if quota > 0 else known
    return known
