"""Running the tasks of a pod that several share, each given what those before it have returned.

They run one after another; branches of a Parallel beside each other, as many tasks at a time as the pod has processors.
"""

from __future__ import annotations

import sys
from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field, replace

from runnable_runtime import protocol
from runnable_runtime.deferred import dataclass
from runnable_runtime.fused.lines import kept, produced
from runnable_runtime.fused.members import GRACE, Place, run
from runnable_runtime.fused.recorded import outputs_before
from runnable_runtime.fused.spec import Beside, FusedSpec, Member, Order
from runnable_runtime.protocol import Json
from runnable_runtime.values.last_words import failed_in, failed_line
from runnable_runtime.values.parameters import with_numbers

_THREADS = 64
"""Branches that are looked after at one time."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A task that has failed: its path, why, the code it ended with, and what a Map around it is to keep of it."""

    path: str
    message: str
    code: int
    reported: dict[str, Json]


@dataclass(frozen=True, slots=True)
class _Done:
    """What some tasks returned, as lines by their names, and which of them have failed.

    `looks`: all of them had finished in an earlier attempt of the pod, so that what follows may have, too.
    """

    returned: dict[str, str] = field(default_factory=dict)
    failed: tuple[Failed, ...] = ()
    looks: bool = False


class Tasks:
    """The tasks of one pod, or of one item in it, of which it runs those that no earlier attempt has finished.

    `failed` are the tasks that have failed; `outputs` are the lines that leave the pod.
    """

    def __init__(self, spec: FusedSpec, inputs: str, place: Place) -> None:
        self._spec = spec
        self._inputs = inputs
        self._place = place
        self._secrets = {name for member in spec.members for name in member.spec.secrets}
        self._done = _Done()

    def run(self) -> int:
        """Run them; the code to exit with. Raises Stopped, KeyboardInterrupt: the pod is to end."""
        self._done = self._row(self._spec.rows, {}, self._place, looks=self._place.attempt > 1)
        return self.failed[0].code if self.failed else protocol.EXIT_OK

    @property
    def failed(self) -> tuple[Failed, ...]:
        """The tasks that have failed: several where branches have run beside each other."""
        return self._done.failed

    @property
    def outputs(self) -> str:
        """The lines that leave the pod: each name's is that of the last task that returned it.

        Where a task has failed, it is one line that reports it, or nothing.
        """
        if self.failed:
            return failed_line(self.failed[0].reported) if self._spec.reports else ""
        return "\n".join(line for name, line in self._done.returned.items() if name in self._spec.keep) or "{}"

    def _row(self, order: Order, before: MutableMapping[str, str], place: Place, *, looks: bool) -> _Done:
        """Run tasks one after another, which are given what those `before` them have returned."""
        returned: dict[str, str] = {}
        seen = ChainMap(returned, before)
        for one in order:
            if isinstance(one, Beside):
                done = self._beside(one, seen, place, looks=looks)
            else:
                done = self._task(one, seen, place, looks=looks)
            returned |= done.returned
            if done.failed:
                return _Done(returned, done.failed)
            looks = done.looks
        return _Done(returned, looks=looks)

    def _beside(self, one: Beside, before: MutableMapping[str, str], place: Place, *, looks: bool) -> _Done:
        """Run branches beside each other, all to their end. What a later one returns is stronger."""
        place = replace(place, together=True)
        with ThreadPoolExecutor(min(one.limit or _THREADS, len(one.branches), _THREADS)) as pool:
            begun = [pool.submit(self._row, branch, before, place, looks=looks) for branch in one.branches]
            try:
                done = [branch.result() for branch in begun]
            except BaseException:
                place.running.stop(GRACE)
                pool.shutdown(cancel_futures=True)
                raise
        returned: dict[str, str] = {}
        for branch in done:
            returned |= branch.returned
        failed = tuple(found for branch in done for found in branch.failed)
        return _Done(returned, failed, looks=all(branch.looks for branch in done))

    def _task(self, number: int, before: Mapping[str, str], place: Place, *, looks: bool) -> _Done:
        """Run one task, if it has not finished in an earlier attempt of the pod."""
        member = self._spec.members[number]
        if member.spec.kind == "stub":  # in a branch; it returns nothing, and is no attempt
            return _Done(looks=looks)
        inputs = self._given(member, before)
        path = with_numbers(member.spec.name, inputs)
        outputs = outputs_before(member.spec, inputs) if looks else None
        if outputs is not None:
            print(f"{path} has succeeded before", file=sys.stderr, flush=True)
            return _Done(produced(outputs), looks=True)
        place = replace(place, scratch=place.scratch / str(number))
        ended = run(member, inputs, place, self._secrets.difference(member.spec.secrets))
        if ended.code == protocol.EXIT_OK:
            return _Done(produced(ended.outputs))
        message = ended.message or f"it ended with code {ended.code}"
        return _Done(failed=(Failed(path, message, ended.code, failed_in(member.spec.name, message)),))

    def _given(self, member: Member, before: Mapping[str, str]) -> str:
        """The lines that a task is given."""
        own = [name for name in member.reads if name in before]
        outside = kept(self._inputs, [name for name in member.reads if name not in before])
        lines = [outside, *dict.fromkeys(kept(before[name], [name]) for name in own)]
        return "\n".join(line for line in lines if line)
