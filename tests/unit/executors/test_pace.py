"""How many quick tasks may wait in a worker."""

from __future__ import annotations

from runnable.execution.launcher import Outcome
from runnable.executors.local.pace import Paces
from runnable.executors.local.worker_reports import Report
from runnable.ir.nodes import PythonCall
from runnable_runtime.records.records import Status

ACTION = PythonCall("steps", "work")


def note(paces: Paces, seconds: float, *, times: int = 1, printed: bool = False, failed: bool = False) -> None:
    outcome = Outcome(status=Status.FAILED if failed else Status.SUCCEEDED)
    for _ in range(times):
        paces.note(ACTION, Report(outcome=outcome, again=True, unread=(5 * printed, 0), seconds=seconds))


def test_none_before_several_have_been_quick() -> None:
    paces = Paces()
    assert paces.depth(ACTION) == 0
    note(paces, 0.0003, times=7)
    assert paces.depth(ACTION) == 0
    note(paces, 0.0003)
    assert paces.depth(ACTION) > 0
    assert paces.depth(PythonCall("steps", "work")) == 0, "another step, though it runs the same"


def test_as_many_as_take_a_moment() -> None:
    paces = Paces()
    note(paces, 0.0002, times=50)
    assert paces.depth(ACTION) == 8
    note(paces, 0.0016, times=50)
    assert paces.depth(ACTION) == 3
    note(paces, 0.1, times=50)
    assert paces.depth(ACTION) == 0


def test_one_that_waited_for_the_processor_changes_little() -> None:
    paces = Paces()
    note(paces, 0.0003, times=50)
    note(paces, 3.0)
    assert paces.depth(ACTION) > 4


def test_none_after_one_that_printed_or_failed_or_was_too_slow_until_several_are_quick_again() -> None:
    for what in ({"printed": True}, {"failed": True}):
        paces = Paces()
        note(paces, 0.0003, times=50)
        note(paces, 0.0003, **what)
        assert paces.depth(ACTION) == 0
        note(paces, 0.0003, times=8)
        assert paces.depth(ACTION) == 8
        paces.slow(ACTION)
        assert paces.depth(ACTION) == 0
