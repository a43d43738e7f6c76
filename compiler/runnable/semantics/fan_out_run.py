"""The state of a running fan-out: which item is next, and what is made of them all. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field

from runnable.diagnostics.wording import listed
from runnable.ir.nodes import FanOut, Node
from runnable.ir.walk import join
from runnable.passes.analysis.definitions import names_written
from runnable.semantics.collecting import Failure, is_enough
from runnable.semantics.frame import AFTER_ITEMS, Frame, key_below, program_path
from runnable.semantics.scope import Scope
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import BadInput, TaskFailure
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import Status
from runnable_runtime.values.encoding import to_json
from runnable_runtime.values.parameters import Load, reduced
from runnable_runtime.values.reference import Reference, has_reference


@dataclass(slots=True)
class FanOutRun:
    """A running fan-out. Its members are the items, at positions from 0, and after them the reduce task if it has one.

    `read_after` gives, by the fan-out's path in the program, the names whose lists are read after it. `load` replaces
    the references in a list by their values, for a reducer that needs these.
    """

    fan_out: FanOut
    path: str
    given: Scope
    parent: Frame | None
    position: int
    read_after: Callable[[str], tuple[str, ...]]
    load: Load
    key: tuple[int, ...] = ()
    remaining: int = 0
    halted: str = ""
    _items: list[Json] = field(default_factory=list)
    _problem: str = ""
    _started: int = 0
    _written: dict[int, Mapping[str, Json]] = field(default_factory=dict)
    _failed: dict[int, Failure] = field(default_factory=dict)
    _skipped: int = 0
    _lists: dict[str, Json] = field(default_factory=dict)
    _outputs: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = key_below(self.parent, self.position)
        found, value = self.given.get(self.fan_out.iterate_on)
        if isinstance(value, Reference) and value.length is not None:
            value = [value.item(position) for position in range(value.length)]
        if not found or not isinstance(value, list):
            what = f"it is {shown_short(value)}, not a list" if found else "nothing has provided it"
            self._problem = f"cannot run over the parameter {self.fan_out.iterate_on!r}: {what}"
            self.remaining = int(self.fan_out.reduce is not None)
            return
        self._items = value
        self.remaining = len(value) + (self.fan_out.reduce is not None)
        if not value:
            self._combine()

    @property
    def timeout(self) -> int | None:
        """See `Frame.timeout`."""
        return self.fan_out.timeout

    @property
    def fails_fast(self) -> bool:
        """See `Frame.fails_fast`."""
        return self.fan_out.fail_fast and bool(self._failed)

    def node(self, position: int) -> Node:
        """The body for an item; after the items, the reduce task."""
        if position == len(self._items) and self.fan_out.reduce is not None:
            return self.fan_out.reduce
        return self.fan_out.body

    def path_of(self, position: int) -> str:
        """``map.3``, or ``map.reduce``."""
        reduce = self.fan_out.reduce
        return join(self.path, reduce.name if reduce and position == len(self._items) else str(position))

    def place_of(self, position: int) -> tuple[int, ...]:
        """The place of an item by its number; the reduce task comes after them all."""
        return (*self.key, position if position < len(self._items) else AFTER_ITEMS)

    def before(self, position: int) -> Sequence[int]:
        """An item waits for none, the reduce task for all items."""
        return range(position) if position == len(self._items) else ()

    def first(self) -> list[int]:
        """As many items as may run at one time; if there are no items, the reduce task."""
        if self._problem:
            return []
        if not self._items:
            return [] if self.fan_out.reduce is None else [0]
        self._started = min(len(self._items), self.fan_out.max_parallel or len(self._items))
        return list(range(self._started))

    def never(self) -> list[int]:
        """The reduce task, if there is no list to run over."""
        return [0] if self._problem and self.fan_out.reduce is not None else []

    def scope_before(self, position: int) -> Scope:
        """What the fan-out was given, and with it the item, or for the reduce task the lists."""
        scope = self.given.enter()
        if position < len(self._items):
            scope.write(-1, {self.fan_out.iterate_as: self._items[position]})
        else:
            scope.write(-1, self._lists)
        return scope

    def end(
        self, position: int, status: Status, outputs: Mapping[str, Json], message: str = ""
    ) -> tuple[list[int], list[int]]:
        """The next item, where a limit has held it back; when all items have ended, the reduce task."""
        self.remaining -= 1
        if position == len(self._items):
            if status is Status.FAILED:
                self._problem = "the reducer failed"
            self._outputs = {**outputs, **self._failures()}
            return [], []
        self._written[position] = outputs
        if status is Status.FAILED:
            self._failed.setdefault(position, Failure("", ""))
        self._skipped += status is Status.SKIPPED
        if self._started < len(self._items) and not self.fails_fast and not self.halted:
            self._started += 1
            return [self._started - 1], []
        left = len(self._items) - self._started  # with `fail_fast`, or out of time: these do not begin
        self._skipped, self.remaining, self._started = self._skipped + left, self.remaining - left, len(self._items)
        reduces = self.fan_out.reduce is not None
        if self.remaining > reduces:
            return [], []
        self._combine()
        if not reduces:
            return [], []
        return ([], [len(self._items)]) if self._problem else ([len(self._items)], [])

    def failed(self, position: int, failure: Failure) -> None:
        """Note why an item has failed. Called before `end`."""
        self._failed[position] = failure

    def result(self) -> tuple[Status, str]:
        """Failed if too many items have, or the lists cannot be made or reduced; skipped if no item has run."""
        if self._items and self._skipped == len(self._items):
            return Status.SKIPPED, ""
        return (Status.FAILED, self._problem) if self._problem else (Status.SUCCEEDED, "")

    def outputs(self) -> dict[str, Json]:
        """The lists, reduced."""
        return dict(self._outputs)

    def variables(self) -> dict[str, str]:
        """None."""
        return {}

    def written(self) -> tuple[Mapping[str, Json], ...]:
        """What each item has written, once all have ended."""
        return tuple(self._written.get(position, {}) for position in range(len(self._items)))

    def _combine(self) -> None:
        """Make the lists, once all items have ended. A name that an item lacks gets none; that fails if it is read."""
        total = len(self._items)
        if self._skipped or (self._failed and not self._tolerates()):
            failed = f"{listed([f'item {n}' for n in sorted(self._failed)])} failed" if self._failed else ""
            skipped = f"{self._skipped} did not run" if self._skipped else ""
            self._problem = ", ".join(filter(None, (failed, skipped)))
            if self.fan_out.failures and not self._skipped:
                share = f"min_success={self.fan_out.min_success} of {total}"
                self._problem += f": {total - len(self._failed)} succeeded, less than {share}"
            return
        items = [n for n in range(total) if n not in self._failed]
        for name in names_written(self.fan_out.body):
            missing = [f"item {n}" for n in items if name not in self._written[n]]
            if not missing:
                self._lists[name] = [self._written[n][name] for n in items]
            elif self.fan_out.reduce is not None or name in self.read_after(program_path(self)):
                self._problem = f"{listed(missing)} did not return {name!r}, which is read afterwards"
                return
        try:
            self._outputs = {**self._reduced(), **self._failures()}
        except (ArithmeticError, TaskFailure, TypeError, ValueError) as error:
            self._problem = f"the reducer {self.fan_out.reducer!r} failed: {error}"

    def _tolerates(self) -> bool:
        succeeded = len(self._items) - len(self._failed)
        return self.fan_out.failures is not None and is_enough(succeeded, len(self._items), self.fan_out.min_success)

    def _failures(self) -> dict[str, Json]:
        """The list of the items that failed, by its name, if they are collected."""
        if self.fan_out.failures is None:
            return {}
        return {self.fan_out.failures: [self._failed[n].entry(n, self._items[n]) for n in sorted(self._failed)]}

    def _reduced(self) -> dict[str, Json]:
        reducer = self.fan_out.reducer
        if reducer is None:
            return self._lists
        found: dict[str, Json] = {}
        for name, values in self._lists.items():
            try:
                found[name] = reduced(values, reducer, name, self.load)
            except (ArithmeticError, TypeError, ValueError) as error:
                raise BadInput(f"reducing {name!r}: {error}") from None
        return {name: value if has_reference(value) else to_json(value, name) for name, value in found.items()}


def lists_around(frame: Frame | None) -> Iterator[tuple[str, Json]]:
    """The lists, with the names of their parameters, that `frame` and the fan-outs around it run over."""
    while frame is not None:
        if isinstance(frame, FanOutRun):
            yield frame.fan_out.iterate_on, frame._items
        frame = frame.parent


def shown_short(value: Json) -> str:
    """A value for a message, cut."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
