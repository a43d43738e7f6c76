"""What is written to a record while a run goes on, and what waits for what comes after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from runnable.execution import recording
from runnable.execution.recording import Recording
from runnable.ir.nodes import BODY, FanOut
from runnable.runs.code import CodeBook
from runnable.runs.stores.chunked_fs import ChunkedRun
from runnable.semantics.graph_run import GraphRun
from runnable.semantics.plan import new_record
from runnable.semantics.scope import Scope
from runnable_runtime.records.records import Status, StepRecord
from tests.support.local_runs import call, chain, execute, of_graph, open_store, program, stub

Calls = list[tuple[str, ...]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What the stores' writer was called with: `path status` of a step, one or those that were created together."""
    found: Calls = []
    write_step, write_created = ChunkedRun.write_step, ChunkedRun.write_created

    def step(self: ChunkedRun, one: StepRecord) -> None:
        found.append((f"{one.path} {one.status}",))
        write_step(self, one)

    def created(self: ChunkedRun, steps: Sequence[StepRecord]) -> None:
        found.append(tuple(f"{one.path} {one.status}" for one in steps))
        write_created(self, steps)

    monkeypatch.setattr(ChunkedRun, "write_step", step)
    monkeypatch.setattr(ChunkedRun, "write_created", created)
    return found


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[Recording, GraphRun]]:
    """A recording of a pipeline of a Parallel `both` of a branch `one`, and that branch."""
    branch = chain("one", stub("a"))
    both = chain("both", branch)
    program = of_graph(chain("pipeline", both))
    record = new_record(program, "r", "")
    writer = open_store(tmp_path, "chunked-fs").create(record)
    scope = Scope.of({})
    outer = GraphRun(both, "both", scope, parent=GraphRun(program.graph, "", scope))
    yield Recording(record, writer, CodeBook(program, {})), GraphRun(branch, "both.one", scope, parent=outer)
    writer.close()


def test_items_are_created_by_one_call_and_one_that_ends_soon_is_recorded_once(calls: Calls, tmp_path: Path) -> None:
    items = FanOut("each", chain(BODY, call("work", reads="x")), "xs", "x")
    record = execute(program(items, xs=[1, 2, 3]), {"work": lambda x: None}, tmp_path, concurrent=True, max_workers=2)
    assert record.status is Status.SUCCEEDED
    [created] = [call for call in calls if len(call) > 1]
    assert created == tuple(f"each.{n}{inner} created" for n in range(3) for inner in ("", ".work"))
    assert [call for call in calls if call[0].startswith("each.1 ")] == [("each.1 succeeded",)]
    assert open_store(tmp_path, "chunked-fs").read(record.run_id) == record


def test_that_a_composite_has_begun_is_recorded_if_it_lasts(
    calls: Calls, started: tuple[Recording, GraphRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    at, branch = started
    with at.together():
        at.begin(branch)
    assert (at.steps["both"].status, calls) == (Status.RUNNING, [])
    monkeypatch.setattr(recording, "monotonic", lambda: float("inf"))
    with at.together():
        pass
    assert calls == [("both running",), ("both.one running",)]


def test_what_has_not_begun_after_all_is_as_it_was(calls: Calls, started: tuple[Recording, GraphRun]) -> None:
    at, branch = started
    before = at.begin(branch)
    at.restore(before)
    assert (at.steps["both"].status, at.steps["both.one"].status, calls) == (Status.CREATED, Status.CREATED, [])
    before = at.begin(branch)
    at.write_begun()
    at.restore(before)
    assert calls[2:] == [("both created",), ("both.one created",)]
