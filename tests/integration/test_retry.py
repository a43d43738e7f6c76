"""Going on with a run: finished work is not done again, at whatever grain it finished."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from runnable.diagnostics.errors import RecordUnusable
from runnable.ir.nodes import Edge, FanOut, Graph, Loop, Node, On, Switch
from runnable_runtime.records.records import Status
from tests.support.local_runs import (
    call,
    chain,
    execute,
    log_of,
    of_graph,
    open_store,
    parallel,
    program,
    resume,
    statuses,
    stub,
)

both = pytest.mark.parametrize("concurrent", [False, True], ids=["sequential", "concurrent"])


class World:
    """Functions that note in files that they were called, and fail as long as they are told to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()

    @property
    def broken(self) -> set[str]:
        """What fails. It is in a file, because what a task's object has is part of its code."""
        file = self.folder / "-".join(["broken", "now"])  # not a name in the code: that it changes is no change there
        return set(file.read_text().splitlines()) if file.exists() else set()

    @broken.setter
    def broken(self, names: set[str]) -> None:
        (self.folder / "-".join(["broken", "now"])).write_text("\n".join(names))

    def note(self, what: str) -> None:
        with (self.folder / "calls").open("a") as stream:
            stream.write(f"{what}\n")
        print(f"did {what}")
        if what in self.broken:
            raise ValueError(f"{what} is broken")

    def calls(self) -> dict[str, int]:
        """What was called since the last time this was asked, and how often."""
        file = self.folder / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return dict(Counter(lines))

    @property
    def functions(self) -> dict[str, Any]:
        return {"a": self.a, "b": self.b, "c": self.c, "item": self.item, "round": self.round, "mend": self.mend}

    def a(self) -> dict[str, list[int]]:
        self.note("a")
        return {"rows": [1, 2]}

    def b(self, x: Any = None) -> str:
        self.note("b")
        return f"b of {x}"

    def c(self, x: Any = None, y: Any = None) -> Any:
        self.note("c")
        return [x, y]

    def item(self, i: int) -> int:
        self.note(f"item {i}")
        return 10 * i

    def round(self, n: int, total: int = 0) -> tuple[int, bool]:
        self.note(f"round {n}")
        return total + n, n == 3

    def mend(self) -> int:
        self.note("mend")
        return -1


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def linear() -> Any:
    b = call("b", returns="y", reads="x")
    return program(call("a", returns="x"), b, call("c", returns="z", reads="x y"))


@both
def test_a_chain_goes_on_at_the_step_that_failed_with_what_the_earlier_ones_returned(
    tmp_path: Path, world: World, concurrent: bool
) -> None:
    world.broken = {"b"}
    before = execute(linear(), world.functions, tmp_path, concurrent=concurrent, run_id="r")
    assert world.calls() == {"a": 1, "b": 1}
    world.broken = set()
    record = resume(linear(), world.functions, tmp_path, concurrent=concurrent)
    assert world.calls() == {"b": 1, "c": 1}
    assert (record.run_id, record.status, record.message) == ("r", "succeeded", "")
    assert record.steps["c"].outputs == {"z": [{"rows": [1, 2]}, "b of {'rows': [1, 2]}"]}
    assert record.steps["a"] == before.steps["a"]
    assert [(a.number, str(a.status)) for a in record.steps["b"].attempts] == [(1, "failed"), (2, "succeeded")]
    assert [log_of(record, "b", number).splitlines()[0] for number in (1, 2)] == ["did b", "did b"]
    assert [(s.started, str(s.status), s.message) for s in record.earlier] == [(before.started, "failed", "'b' failed")]
    assert record.started == before.started
    assert record.seconds > 0


@both
def test_items_of_a_map_that_succeeded_are_not_run_again(tmp_path: Path, world: World, concurrent: bool) -> None:
    body = chain("*", call("item", reads="i", returns="y"), call("c", reads="y"))
    one = program(FanOut("map", body, "items", "i", reducer="sum"), call("b", reads="y"), items=[1, 2, 3, 4])
    world.broken = {"item 2", "item 4"}
    execute(one, world.functions, tmp_path, concurrent=concurrent, run_id="r")
    world.calls()
    world.broken = {"item 4"}
    failed = resume(one, world.functions, tmp_path, concurrent=concurrent)
    assert world.calls() == {"item 2": 1, "item 4": 1, "c": 1}
    assert failed.status == "failed"
    world.broken = set()
    record = resume(one, world.functions, tmp_path, concurrent=concurrent)
    assert world.calls() == {"item 4": 1, "c": 1, "b": 1}
    assert record.outputs["y"] == 100
    assert [len(record.steps[f"map.{n}.item"].attempts) for n in range(4)] == [1, 2, 1, 3]
    assert [str(session.status) for session in record.earlier] == ["failed", "failed"]


@both
def test_branches_go_on_each_where_it_stopped(tmp_path: Path, world: World, concurrent: bool) -> None:
    one = program(parallel("p", one=(call("a"), call("b")), two=(call("item", reads="i", returns="y"), call("c"))), i=7)
    world.broken = {"b", "c"}
    execute(one, world.functions, tmp_path, concurrent=concurrent, run_id="r")
    assert world.calls() == {"a": 1, "b": 1, "item 7": 1, "c": 1}
    world.broken = {"b"}
    resume(one, world.functions, tmp_path, concurrent=concurrent)
    assert world.calls() == {"b": 1, "c": 1}
    world.broken = set()
    record = resume(one, world.functions, tmp_path, concurrent=concurrent)
    assert world.calls() == {"b": 1}
    assert record.status == "succeeded"
    assert [len(step.attempts) for step in record.steps.values()] == [0, 0, 1, 3, 0, 1, 2]


@pytest.mark.parametrize("lost", ["map.0", "map.*"])
def test_a_member_of_an_item_that_a_killed_run_could_not_record_any_more_stays_finished(
    tmp_path: Path, world: World, lost: str
) -> None:
    """What has ended is written to a bucket at once, and what has begun a little later: the item may be missing."""
    body = chain("*", call("item", reads="i", returns="y"))
    one = program(FanOut("map", body, "items", "i", reducer="sum"), call("b", reads="y"), items=[1, 2])
    world.broken = {"b"}
    before = execute(one, world.functions, tmp_path, concurrent=True, run_id="r")
    for part in (tmp_path / "r/steps").glob(f"{lost}.json"):
        if part.name.count(".") == 2:
            part.unlink()
    world.calls()
    world.broken = set()
    record = resume(one, world.functions, tmp_path, concurrent=True)
    assert world.calls() == {"b": 1}
    assert [record.steps[f"map.{n}.item"] for n in range(2)] == [before.steps[f"map.{n}.item"] for n in range(2)]
    assert set(statuses(record).values()) == {"succeeded"}


@both
def test_a_loop_goes_on_with_the_iteration_that_failed(tmp_path: Path, world: World, concurrent: bool) -> None:
    body = chain("*", call("round", reads="n total", returns="total done"), call("b"))
    one = program(Loop("loop", body, "done", "n", 10), call("c"), total=0)
    world.broken = {"round 2"}
    execute(one, world.functions, tmp_path, concurrent=concurrent, run_id="r")
    assert world.calls() == {"round 0": 1, "round 1": 1, "round 2": 1, "b": 2}
    world.broken = set()
    record = resume(one, world.functions, tmp_path, concurrent=concurrent)
    assert world.calls() == {"round 2": 1, "round 3": 1, "b": 2, "c": 1}
    assert record.outputs["total"] == 6


@both
def test_the_branch_that_was_chosen_goes_on_and_what_it_wrote_is_seen_after_it(
    tmp_path: Path, world: World, concurrent: bool
) -> None:
    left, right = chain("10", call("a", returns="x"), call("b")), chain("no", call("mend", returns="x"))
    one = program(call("item", reads="i", returns="y"), Switch("if", "y", (left, right)), call("c", reads="x"), i=1)
    world.broken = {"c"}
    execute(one, world.functions, tmp_path, concurrent=concurrent, run_id="r")
    world.calls()
    world.broken = set()
    record = resume(one, world.functions, tmp_path, concurrent=concurrent)
    assert world.calls() == {"c": 1}
    assert record.steps["c"].attempts[-1].inputs == {"x": {"rows": [1, 2]}}
    assert statuses(record)["if.no"] == "skipped"


def with_handler(*, ends_in_failure: bool = False) -> Any:
    nodes: tuple[Node, ...] = (call("a", returns="x"), call("b"), call("mend", returns="x"), call("c", reads="x"))
    edges = (Edge("a", "b"), Edge("a", "mend", On.FAILURE), Edge("mend", "c"))
    return of_graph(Graph("pipeline", nodes, edges, ("c",) if ends_in_failure else ()))


def test_a_step_whose_handler_has_ended_in_failure_runs_again_and_its_handler_no_longer_counts(
    tmp_path: Path, world: World
) -> None:
    world.broken = {"a"}
    first = execute(with_handler(ends_in_failure=True), world.functions, tmp_path, run_id="r")
    assert statuses(first) == {"a": "failed", "b": "skipped", "mend": "succeeded", "c": "succeeded"}
    world.calls()
    world.broken = set()
    record = resume(with_handler(ends_in_failure=True), world.functions, tmp_path)
    assert world.calls() == {"a": 1, "b": 1}
    assert record.status == "succeeded"
    assert statuses(record) == {"a": "succeeded", "b": "succeeded", "mend": "skipped", "c": "skipped"}
    assert record.outputs == {"x": {"rows": [1, 2]}}
    assert record.steps["mend"].outputs == {}
    assert len(record.steps["mend"].attempts) == 1, "what was done stays recorded"


def test_a_handler_runs_again_if_its_step_fails_again(tmp_path: Path, world: World) -> None:
    world.broken = {"a", "c"}
    execute(with_handler(), world.functions, tmp_path, run_id="r")
    assert world.calls() == {"a": 1, "mend": 1, "c": 1}
    world.broken = {"a"}
    record = resume(with_handler(), world.functions, tmp_path)
    assert world.calls() == {"a": 1, "mend": 1, "c": 1}
    assert (record.status, record.outputs["x"]) == ("succeeded", -1)


@both
def test_a_handled_failure_inside_of_what_succeeded_is_not_tried_again(
    tmp_path: Path, world: World, concurrent: bool
) -> None:
    inner = Graph("good", (call("a"), call("mend", returns="x")), (Edge("a", "mend", On.FAILURE),))
    one = of_graph(
        Graph("pipeline", (Graph("p", (inner, chain("bad", call("b")))), call("c", reads="x")), (Edge("p", "c"),))
    )
    world.broken = {"a", "b"}
    execute(one, world.functions, tmp_path, concurrent=concurrent, run_id="r")
    world.calls()
    world.broken = {"a"}
    record = resume(one, world.functions, tmp_path, concurrent=concurrent)
    assert world.calls() == {"b": 1, "c": 1}
    assert record.steps["c"].attempts[-1].inputs == {"x": -1}


def test_a_run_that_succeeded_has_nothing_to_go_on_with(
    tmp_path: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    before = execute(linear(), world.functions, tmp_path, run_id="r")
    world.calls()
    record = resume(linear(), world.functions, tmp_path)
    assert world.calls() == {}
    assert (record.status, record.steps, record.outputs) == ("succeeded", before.steps, before.outputs)
    assert "3 of its 3 tasks have succeeded" in capsys.readouterr().err


def test_the_attempts_that_a_step_is_allowed_are_counted_anew(tmp_path: Path, world: World) -> None:
    one = program(call("b", retry=1))
    world.broken = {"b"}
    execute(one, world.functions, tmp_path, run_id="r")
    record = resume(one, world.functions, tmp_path)
    assert [a.number for a in record.steps["b"].attempts] == [1, 2, 3, 4]
    assert record.status == "failed"


def test_the_run_goes_on_with_the_parameters_that_it_began_with(
    tmp_path: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    def one(**parameters: Any) -> Any:
        return program(call("item", reads="i", returns="y"), call("c", reads="x y"), **parameters)

    world.broken = {"c"}
    execute(one(i=1, x="old"), world.functions, tmp_path, run_id="r")
    world.broken = set()
    record = resume(one(), world.functions, tmp_path, i=2, x="new", more=True)
    assert record.steps["c"].attempts[-1].inputs == {"x": "old", "y": 10}
    assert record.parameters == {"i": 1, "x": "old", "more": True}
    assert record.steps["item"].changes == ("parameter i",)
    told = capsys.readouterr().err
    assert "the parameter 'x' stays 'old', as the run began; 'new' is not used" in told
    assert "item does not run again, and has changed since: parameter i" in told


@both
def test_with_rerun_changed_a_step_that_took_other_parameters_runs_again_and_all_behind_it(
    tmp_path: Path, world: World, concurrent: bool
) -> None:
    def one(**parameters: Any) -> Any:
        branches = parallel("p", one=(call("item", reads="i", returns="y"), call("b")), two=(call("a"), call("mend")))
        return program(branches, call("c"), **parameters)

    execute(one(i=1), world.functions, tmp_path, concurrent=concurrent, run_id="r")
    world.calls()
    record = resume(one(), world.functions, tmp_path, concurrent=concurrent, rerun_changed=True, i=2)
    assert world.calls() == {"item 2": 1, "b": 1, "c": 1}
    assert record.parameters == {"i": 2}
    assert record.steps["p.one.item"].outputs == {"y": 20}
    assert [len(record.steps[path].attempts) for path in ("p.one.b", "p.two.a", "c")] == [2, 1, 2]


def test_what_stands_behind_the_finished_steps_may_be_another(tmp_path: Path, world: World) -> None:
    world.broken = {"b"}
    execute(linear(), world.functions, tmp_path, run_id="r")
    world.calls()
    world.broken = set()
    other = parallel("b2", one=(call("mend", returns="w"),), two=(stub("s"),))
    record = resume(program(call("a", returns="x"), other, call("c", reads="x w")), world.functions, tmp_path)
    assert world.calls() == {"mend": 1, "c": 1}
    assert record.status == "succeeded"
    assert {path: (str(s.status), s.message) for path, s in record.steps.items() if not s.outputs} == {
        "b2": ("succeeded", ""),
        "b2.one": ("succeeded", ""),
        "b2.two": ("succeeded", ""),
        "b2.two.s": ("succeeded", ""),
        "b": ("skipped", "no longer in the pipeline"),
        "c": ("succeeded", ""),
    }


def test_a_finished_step_that_nothing_needs_may_be_gone(tmp_path: Path, world: World) -> None:
    world.broken = {"b"}
    execute(program(call("a"), call("item", reads="i"), call("b"), i=1), world.functions, tmp_path, run_id="r")
    world.calls()
    world.broken = set()
    record = resume(program(call("a"), call("b")), world.functions, tmp_path)
    assert world.calls() == {"b": 1}
    assert statuses(record) == {"a": "succeeded", "item": "skipped", "b": "succeeded"}


CHANGED = {
    "a new step in front": (
        program(call("mend"), call("a", returns="x"), call("b", returns="y", reads="x"), call("c")),
        ["'mend' is new, and stands before 'a', of which work is done"],
    ),
    "an unfinished step in front": (
        program(call("b", returns="y"), call("a", returns="x"), call("c")),
        ["'b' (failed) now stands before 'a', of which work is done"],
    ),
    "a composite in the place of a task": (
        program(parallel("a", one=(stub("s"),)), call("b"), call("c")),
        ["'a', of which work is done, was a python and is a parallel"],
    ),
    "another return": (
        program(call("a", returns="x w"), call("b", returns="y", reads="x"), call("c")),
        ["'a', which has finished, now returns 'w' too"],
    ),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_change_before_finished_work_is_refused_and_leaves_the_record_alone(
    tmp_path: Path, world: World, name: str
) -> None:
    world.broken = {"b"}
    before = execute(linear(), world.functions, tmp_path, run_id="r")
    changed, problems = CHANGED[name]
    with pytest.raises(RecordUnusable, match="RN905") as caught:
        resume(changed, world.functions, tmp_path)
    assert [line for line in problems if line not in str(caught.value)] == []
    assert open_store(tmp_path).read("r") == before


@pytest.mark.parametrize("name", CHANGED)
def test_with_rerun_changed_it_runs_and_all_behind_it(tmp_path: Path, world: World, name: str) -> None:
    world.broken = {"b"}
    functions = {**world.functions, "a": lambda: ({"rows": []}, 1)} if name == "another return" else world.functions
    execute(linear(), world.functions, tmp_path, run_id="r")
    world.calls()
    world.broken = set()
    record = resume(CHANGED[name][0], functions, tmp_path, rerun_changed=True)
    assert record.status is Status.SUCCEEDED
    ran = {"a new step in front": {"mend", "a", "b", "c"}, "an unfinished step in front": {"b", "a", "c"}}
    assert world.calls().keys() == ran.get(name, {"b", "c"})


NESTED = {
    "a new step in an item before its last": lambda: (
        chain("*", call("item", reads="i"), call("b"), call("c")),
        chain("*", call("item", reads="i"), call("mend"), call("b"), call("c")),
        "'map.0.mend' is new, and stands before 'map.0.b', of which work is done",
    ),
    "a new last step in all items, behind which work is done": lambda: (
        chain("*", call("item", reads="i")),
        chain("*", call("item", reads="i"), call("mend")),
        "'map.0.mend' is new, and stands before 'a', of which work is done",
    ),
}


@pytest.mark.parametrize("name", NESTED)
def test_a_change_inside_of_a_map_is_refused_too(tmp_path: Path, world: World, name: str) -> None:
    body, changed, problem = NESTED[name]()
    world.broken = {"c"}

    def one(graph: Graph) -> Any:
        return program(FanOut("map", graph, "items", "i"), call("a"), call("c"), items=[1, 2])

    execute(one(body), world.functions, tmp_path, run_id="r")
    with pytest.raises(RecordUnusable) as caught:
        resume(one(changed), world.functions, tmp_path)
    assert problem in str(caught.value)


def test_a_run_that_is_under_way_is_left_alone(tmp_path: Path, world: World) -> None:
    def inside() -> str:
        with pytest.raises(RecordUnusable, match="RN904"):
            resume(one, {}, tmp_path)
        return "refused"

    one = program(call("a", returns="x"))
    assert execute(one, {"a": inside}, tmp_path, run_id="r").outputs == {"x": "refused"}
