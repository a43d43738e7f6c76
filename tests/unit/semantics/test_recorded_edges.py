"""The edges of a pipeline's graphs, as its record has them and as a reader finds them there."""

from __future__ import annotations

from dataclasses import replace

from runnable.ir.nodes import BODY, Edge, FanOut, Graph, On, Switch
from runnable.semantics.plan import new_record, recorded_edges
from runnable_runtime.records.edges import edges_of
from runnable_runtime.records.records import Kind, RunRecord, StepRecord
from tests.support.local_runs import chain, of_graph, parallel, program, stub


def test_steps_that_run_one_after_another_are_a_line() -> None:
    assert recorded_edges(chain("p", stub("a"), stub("b"), stub("c"))) == {"": "line"}


def test_a_graph_has_its_edges_and_those_of_failures_are_marked() -> None:
    edges = (Edge("a", "b"), Edge("a", "c"), Edge("b", "h", On.FAILURE))
    graph = Graph("p", (stub("a"), stub("b"), stub("c"), stub("h")), edges)
    record = new_record(of_graph(graph), "r", "")
    assert record.edges == {"": [["a", "b"], ["a", "c"], ["b", "h", "failure"]]}
    assert edges_of(record) == {"": (("a", "b", False), ("a", "c", False), ("b", "h", True))}


def test_each_branch_has_its_own_and_what_has_none_is_left_out() -> None:
    both = parallel("both", left=(stub("x"), stub("y")), right=(stub("z"),))
    either = Switch("either", "how", (chain("one", stub("u"), stub("v")),))
    record = new_record(program(both, either), "r", "")
    assert record.edges == {"": "line", "both.left": "line", "either.one": "line"}
    assert edges_of(record) == {
        "": (("both", "either", False),),
        "both.left": (("both.left.x", "both.left.y", False),),
        "either.one": (("either.one.u", "either.one.v", False),),
    }


def test_the_items_of_a_map_have_the_edges_of_its_branch() -> None:
    record = new_record(program(FanOut("m", chain(BODY, stub("a"), stub("b")), "items", "item")), "r", "")
    assert record.edges == {"m.*": "line"}
    kinds = {"m": Kind.MAP, "m.0": Kind.PIPELINE, "m.0.a": Kind.STUB, "m.0.b": Kind.STUB, "m.11": Kind.PIPELINE}
    kinds |= {"m.11.a": Kind.STUB, "m.11.b": Kind.STUB}
    steps = {path: StepRecord(path=path, kind=kind) for path, kind in kinds.items()}
    assert edges_of(replace(record, steps=steps)) == {
        "m.0": (("m.0.a", "m.0.b", False),),
        "m.11": (("m.11.a", "m.11.b", False),),
    }


def test_a_record_that_has_none_says_so() -> None:
    old = RunRecord(run_id="r", pipeline="p", started="2026-01-31T12:00:00.000000+00:00")
    assert edges_of(old) is None
