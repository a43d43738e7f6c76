"""Running the tasks of a pod that several share: one after another, each given what those before it have returned."""

from __future__ import annotations

import sys
from dataclasses import replace

from runnable_runtime import protocol
from runnable_runtime.fused.lines import kept, produced
from runnable_runtime.fused.members import Place, run
from runnable_runtime.fused.recorded import outputs_before
from runnable_runtime.fused.spec import FusedSpec, Member
from runnable_runtime.protocol import Json
from runnable_runtime.values.last_words import failed_in, failed_line
from runnable_runtime.values.parameters import with_numbers


class Tasks:
    """The tasks of one pod, or of one item in it, of which it runs those that no earlier attempt has finished.

    `failed` is the path of the task that has failed, if one has, and `message` why; `failure` is what is reported of
    it. `outputs` are the lines that leave the pod.
    """

    def __init__(self, spec: FusedSpec, inputs: str, place: Place) -> None:
        self._spec = spec
        self._inputs = inputs
        self._place = place
        self._returned: dict[str, str] = {}
        self.failed = ""
        self.message = ""
        self.failure: dict[str, Json] = {}

    def run(self) -> int:
        """Run them; the code to exit with. Raises Stopped, KeyboardInterrupt: the pod is to end."""
        members = self._left() if self._place.attempt > 1 else self._spec.members
        secrets = {name for member in self._spec.members for name in member.spec.secrets}
        for number, member in enumerate(members):
            inputs = self._given(member)
            place = replace(self._place, scratch=self._place.scratch / str(number))
            ended = run(member, inputs, place, secrets.difference(member.spec.secrets))
            if ended.code != protocol.EXIT_OK:
                self.failed = with_numbers(member.spec.name, inputs)
                self.message = ended.message or f"it ended with code {ended.code}"
                self.failure = failed_in(member.spec.name, self.message)
                return ended.code
            self._returned |= produced(ended.outputs)
        return protocol.EXIT_OK

    @property
    def outputs(self) -> str:
        """The lines that leave the pod: each name's is that of the last task that returned it.

        Where a task has failed, it is one line that reports it, or nothing.
        """
        if self.failure:
            return failed_line(self.failure) if self._spec.reports else ""
        return "\n".join(line for name, line in self._returned.items() if name in self._spec.keep) or "{}"

    def _left(self) -> tuple[Member, ...]:
        """The tasks that are left to run: those from the first one on of which no success is recorded."""
        members = self._spec.members
        for number, member in enumerate(members):
            inputs = self._given(member)
            outputs = outputs_before(member.spec, inputs)
            if outputs is None:
                return members[number:]
            print(f"{with_numbers(member.spec.name, inputs)} has succeeded before", file=sys.stderr, flush=True)
            self._returned |= produced(outputs)
        return ()

    def _given(self, member: Member) -> str:
        """The lines that a task is given."""
        own = [name for name in member.reads if name in self._returned]
        outside = kept(self._inputs, [name for name in member.reads if name not in self._returned])
        lines = [outside, *dict.fromkeys(kept(self._returned[name], [name]) for name in own)]
        return "\n".join(line for line in lines if line)
