"""The steps of a plan: a tree by the nodes of the program, each with how often it runs and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from runnable.ir.nodes import FanOut, Loop, Node, Program, Task
from runnable.ir.walk import children, join
from runnable.planning.counts import NEVER, Times
from runnable.semantics.plan import kind_of
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import Kind


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that has changed: what it is called, where it is in the user's files, and its values if known."""

    name: str
    file: str = ""
    line: int | None = None
    before: str = ""
    now: str = ""

    def __str__(self) -> str:
        """``pipeline.py:12 fit``, or ``parameter rounds (3, was 2)``."""
        values = f" ({self.now}, was {self.before})" if self.before or self.now else ""
        place = f" at {self.file}:{self.line}" if self.line else ""
        return f"{self.name}{place}{values}"

    def to_json(self) -> dict[str, Json]:
        """As JSON, without what is not known."""
        found = {"name": self.name, "file": self.file, "line": self.line, "before": self.before, "now": self.now}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class Why:
    """Why a task runs, though an earlier run has run it; `changes` are what has changed since."""

    text: str
    run_id: str = ""
    changes: tuple[Change, ...] = ()

    def __str__(self) -> str:
        """A sentence without its end."""
        return f"{self.text}: {'; '.join(map(str, self.changes))}" if self.changes else self.text

    def to_json(self) -> dict[str, Json]:
        """As JSON."""
        changes = [one.to_json() for one in self.changes]
        return {"text": self.text, "run_id": self.run_id or None, "changes": changes}


@dataclass(slots=True)
class Planned:
    """A node of the program in a plan. `times` counts also what is taken from earlier runs: all ends but skipped ones.

    `items` are those of a Map, in all, or the iterations of a Loop; `widest` the most items of one Map, None if that is
    unknown; `lists` are its known ones. `failing`: how often a step in it that ends a pipeline in failure runs, or no
    branch of a Conditional is chosen. `why` has, for each reason that a task runs, how often it holds.
    """

    path: str
    kind: Kind
    node: Node
    members: list[Planned] = field(default_factory=list)
    times: Times = NEVER
    cached: Times = NEVER
    taken: Times = NEVER
    skipped: int = 0
    failing: Times = NEVER
    items: Times | None = None
    widest: int | None = 0
    lists: list[list[Json]] = field(default_factory=list)
    conditions: dict[str, None] = field(default_factory=dict)
    runs_of: dict[str, None] = field(default_factory=dict)
    why: dict[Why, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in the composite around it."""
        return self.node.name

    @property
    def is_task(self) -> bool:
        """Whether it is a task that does something: not a stub."""
        return isinstance(self.node, Task) and not self.node.is_idle

    @property
    def runs(self) -> Times:
        """How often it really runs."""
        least = self.times.least - (self.cached.most or 0) - (self.taken.most or 0)
        most = None if self.times.most is None else self.times.most - self.cached.least - self.taken.least
        return Times(max(0, least), most)

    def to_json(self) -> dict[str, Json]:
        """As JSON, with its members."""
        span = self.node.span
        found: dict[str, Json] = {
            "path": self.path,
            "name": self.name,
            "kind": str(self.kind),
            "file": span.file if span else None,
            "line": span.line if span else None,
            "times": self.times.to_json(),
            "skipped": self.skipped,
            "conditions": list(self.conditions),
        }
        if isinstance(self.node, Task):
            found |= {
                "runs": self.runs.to_json(),
                "cached": self.cached.to_json(),
                "taken": self.taken.to_json(),
                "taken_from": list(self.runs_of),
                "why": [{**why.to_json(), "times": times} for why, times in self.why.items()],
            }
        if isinstance(self.node, FanOut | Loop):
            found["items"] = (self.items or NEVER).to_json()
        if self.members:
            found["steps"] = [member.to_json() for member in self.members]
        return found


class PlannedSteps:
    """The steps of a plan by their paths in the program, all at first as never running."""

    def __init__(self, program: Program) -> None:
        self.root = Planned("", Kind.PIPELINE, program.graph)
        self.by_path: dict[str, Planned] = {"": self.root}
        self._add_members(self.root)

    def _add_members(self, above: Planned) -> None:
        for node in children(above.node):
            one = Planned(join(above.path, node.name), kind_of(node, above.kind), node)
            above.members.append(one)
            self.by_path[one.path] = one
            self._add_members(one)

    def tasks(self) -> Iterator[Planned]:
        """The tasks that do something."""
        return (one for one in self.by_path.values() if one.is_task)

    def totals(self) -> Mapping[str, Times]:
        """How many tasks run, are cached and are taken, in all: `runs`, `cached`, `taken`."""
        found = dict.fromkeys(("runs", "cached", "taken"), NEVER)
        for one in self.tasks():
            for name in found:
                found[name] += getattr(one, name)
        return found

    # --- what a walk notes ---

    def visit(self, path: str, times: Times) -> None:
        """The node at `path` runs as often as `times` says."""
        one = self.by_path[path]
        one.times += times

    def skip(self, path: str, node: Node) -> None:
        """The node at `path` does not run, nor does anything in it."""
        self.by_path[path].skipped += 1
        for child in children(node):
            self.skip(join(path, child.name), child)

    def note_condition(self, path: str, condition: str) -> None:
        """What decides whether, or how often, the node at `path` runs."""
        if condition:
            self.by_path[path].conditions[condition] = None

    def note_items(self, path: str, items: list[Json] | None) -> None:
        """The fan-out at `path` runs over these items; None if they are not known."""
        one = self.by_path[path]
        if items is None:
            one.items, one.widest = (one.items or NEVER) + Times(0, None), None
            return
        one.items = (one.items or NEVER) + Times(len(items), len(items))
        one.widest = None if one.widest is None else max(one.widest, len(items))
        one.lists.append(items)

    def note_failing(self, path: str, times: Times) -> None:
        """The graph or Conditional at `path` ends in failure, as often as `times` says."""
        self.by_path[path].failing += times

    def note_iterations(self, path: str, times: Times) -> None:
        """The loop at `path` has so many iterations."""
        one = self.by_path[path]
        one.items = (one.items or NEVER) + times

    def note_fate(self, path: str, does: str, times: Times, run_id: str, why: Why | None) -> None:
        """What becomes of the task at `path`."""
        one = self.by_path[path]
        if does == "CACHED":
            one.cached += times
        elif does == "PERHAPS_CACHED":
            one.cached += times.perhaps
        elif does == "TAKEN":
            one.taken += times
        if run_id:
            one.runs_of[run_id] = None
        if why is not None:
            one.why[why] = one.why.get(why, 0) + 1
