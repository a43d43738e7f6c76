"""The state of a running switch or loop, and the frame of each composite. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from runnable.diagnostics.wording import listed
from runnable.ir.nodes import FanOut, Graph, Loop, Switch
from runnable.ir.walk import join
from runnable.semantics.fan_out_run import FanOutRun, shown_short
from runnable.semantics.frame import Frame, key_below
from runnable.semantics.graph_run import GraphRun
from runnable.semantics.scope import Scope
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import Status
from runnable_runtime.values.parameters import Load


@dataclass(slots=True)
class SwitchRun:
    """A running switch. Its members are the branches, of which one is chosen when it starts."""

    switch: Switch
    path: str
    given: Scope
    parent: Frame | None
    position: int
    key: tuple[int, ...] = ()
    remaining: int = 0
    halted: str = ""
    _chosen: int | None = None
    _problem: str = ""
    _status: Status = Status.SUCCEEDED
    _written: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = key_below(self.parent, self.position)
        self.remaining = len(self.switch.branches)
        found, value = self.given.get(self.switch.parameter)
        names = [branch.name for branch in self.switch.branches]
        wanted = str(value) if found and not isinstance(value, list | dict) else None
        if wanted not in names or wanted == self.switch.default:
            wanted = self.switch.default
        if wanted is not None:
            self._chosen = names.index(wanted)
        else:
            shown = shown_short(value) if found else "not there"
            self._problem = (
                f"{self.switch.parameter!r} is {shown}, and the branches are {listed([repr(n) for n in names])}"
            )

    @property
    def timeout(self) -> int | None:
        """See `Frame.timeout`."""
        return self.switch.timeout

    @property
    def fails_fast(self) -> bool:
        """No: one branch runs."""
        return False

    def node(self, position: int) -> Graph:
        """The branch at `position`."""
        return self.switch.branches[position]

    def path_of(self, position: int) -> str:
        """``conditional.branch``."""
        return join(self.path, self.switch.branches[position].name)

    def place_of(self, position: int) -> tuple[int, ...]:
        """The place of the branch at `position`, in the order of the switch."""
        return (*self.key, position)

    def before(self, position: int) -> Sequence[int]:
        """None: a branch waits for no other."""
        return ()

    def first(self) -> list[int]:
        """The chosen branch, if there is one."""
        return [] if self._chosen is None else [self._chosen]

    def never(self) -> list[int]:
        """All the others."""
        return [position for position in range(len(self.switch.branches)) if position != self._chosen]

    def scope_before(self, position: int) -> Scope:
        """What the switch was given."""
        return self.given.enter()

    def end(
        self, position: int, status: Status, outputs: Mapping[str, Json], message: str = ""
    ) -> tuple[list[int], list[int]]:
        """No branch follows another."""
        self.remaining -= 1
        if position == self._chosen:
            self._status, self._written = status, outputs
        return [], []

    def result(self) -> tuple[Status, str]:
        """The chosen branch's end; failed if none was chosen."""
        if self._problem:
            return Status.FAILED, self._problem
        if self._status is Status.FAILED and self._chosen is not None:
            return Status.FAILED, f"branch {self.switch.branches[self._chosen].name!r} failed"
        return self._status, ""

    def outputs(self) -> dict[str, Json]:
        """What the chosen branch wrote."""
        return dict(self._written)

    def variables(self) -> dict[str, str]:
        """None."""
        return {}


@dataclass(slots=True)
class LoopRun:
    """A running loop. Its members are the iterations, one at a time."""

    loop: Loop
    path: str
    given: Scope
    parent: Frame | None
    position: int
    key: tuple[int, ...] = ()
    remaining: int = 1
    halted: str = ""
    _carried: dict[str, Json] = field(default_factory=dict)
    _iteration: int = 0
    _failed: bool = False
    _skipped: bool = False

    def __post_init__(self) -> None:
        self.key = key_below(self.parent, self.position)

    @property
    def timeout(self) -> int | None:
        """See `Frame.timeout`."""
        return self.loop.timeout

    @property
    def fails_fast(self) -> bool:
        """No: an iteration that fails is the last."""
        return False

    def node(self, position: int) -> Graph:
        """The body."""
        return self.loop.body

    def path_of(self, position: int) -> str:
        """``loop.3``."""
        return join(self.path, str(position))

    def place_of(self, position: int) -> tuple[int, ...]:
        """The place of an iteration by its number."""
        return (*self.key, position)

    def before(self, position: int) -> Sequence[int]:
        """The iteration before."""
        return (position - 1,) if position else ()

    def first(self) -> list[int]:
        """The first iteration."""
        return [0]

    def never(self) -> list[int]:
        """None: no iteration is skipped."""
        return []

    def scope_before(self, position: int) -> Scope:
        """What the loop was given, what iterations have written, and the number of this one."""
        self._iteration = position
        scope = self.given.enter()
        scope.write(-1, {**self._carried, self.loop.index_as: position})
        return scope

    def end(
        self, position: int, status: Status, outputs: Mapping[str, Json], message: str = ""
    ) -> tuple[list[int], list[int]]:
        """The next iteration, unless this was the last."""
        self._carried.update(outputs)
        self._failed = status is Status.FAILED
        self._skipped = status is Status.SKIPPED
        value = self._carried.get(self.loop.break_on, self.given.get(self.loop.break_on)[1])
        if status is not Status.SUCCEEDED or value is True or position + 1 >= self.loop.max_iterations:
            self.remaining = 0
            return [], []
        return [position + 1], []

    def result(self) -> tuple[Status, str]:
        """The last iteration's end; skipped if the first was."""
        if self._skipped and not self._iteration:
            return Status.SKIPPED, ""
        if self._skipped:
            return Status.FAILED, f"iteration {self._iteration} did not run"
        return (Status.FAILED, f"iteration {self._iteration} failed") if self._failed else (Status.SUCCEEDED, "")

    def outputs(self) -> dict[str, Json]:
        """What all iterations wrote, later over earlier."""
        return dict(self._carried)

    def variables(self) -> dict[str, str]:
        """The number of the present iteration, under the name `index_as`."""
        return {self.loop.index_as: str(self._iteration)}


def open_frame(
    node: Graph | FanOut | Switch | Loop,
    path: str,
    scope: Scope,
    parent: Frame,
    position: int,
    read_after: Callable[[str], tuple[str, ...]],
    load: Load,
) -> Frame:
    """The frame of the composite `node`, which starts at `path`, as the member `position` of `parent`, with `scope`."""
    match node:
        case Graph():
            return GraphRun(node, path, scope, parent, position)
        case FanOut():
            return FanOutRun(node, path, scope, parent, position, read_after, load)
        case Switch():
            return SwitchRun(node, path, scope, parent, position)
        case Loop():
            return LoopRun(node, path, scope, parent, position)
