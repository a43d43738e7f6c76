"""What is printed of a watched workflow where standard error is no terminal."""

import json

from runnable.cluster.display import PlainDisplay
from runnable.cluster.model import Attempt, Phase, Step, View
from runnable.cluster.tree import conclusion, document, render_troubles
from runnable.diagnostics.codes.cluster import PodTrouble

STARTED, ENDED = "2026-01-01T00:00:00Z", "2026-01-01T00:01:05Z"


def shown(phase=Phase.RUNNING, **phases):
    steps = {}
    for path, (own, message) in phases.items():
        ended = ENDED if own.ended else ""
        steps[path] = Step(path, "task", own, message, STARTED, ended, (Attempt("n", own, message, STARTED, ended),))
    return View("wf", "here", phase, "", STARTED, ENDED if phase.ended else "", steps=steps)


def test_each_change_of_a_step_is_one_line_and_is_printed_once(capsys):
    display = PlainDisplay()
    for view in (
        shown(a=(Phase.RUNNING, ""), b=(Phase.WAITING, "")),
        shown(a=(Phase.RUNNING, ""), b=(Phase.WAITING, "")),
        shown(a=(Phase.SUCCEEDED, ""), b=(Phase.FAILED, "main: Error (exit code 1): ValueError: no\nmore")),
    ):
        display.show(view, [])
    lines = [line.partition("  ")[2] for line in capsys.readouterr().err.splitlines()]
    assert lines == ["running    a", "succeeded  a  1 min 05 s", "failed     b  1 min 05 s  ValueError: no"]


def test_a_trouble_is_told_once(capsys):
    display = PlainDisplay()
    problem = PodTrouble(step="a", reason="no node", advice="add one")
    display.show(shown(), [problem])
    display.show(shown(), [problem])
    assert capsys.readouterr().err == "warning[RN808]: a: no node\n = help: add one\n"


def test_troubles_of_one_cause_are_told_together():
    problems = [PodTrouble(step=name, reason="no node", advice="add one") for name in "abc"]
    assert render_troubles(problems).startswith("warning[RN808]: a (and 2 more steps): no node")


def test_for_other_tools_there_are_the_steps_and_what_keeps_them_from_running():
    problem = PodTrouble(step="a", reason="no node", advice="add one")
    told = json.loads(json.dumps(document(shown(a=(Phase.PENDING, "")), [problem])))
    assert (told["name"], told["phase"]) == ("wf", "running")
    assert [(step["path"], step["phase"]) for step in told["steps"]] == [("a", "pending")]
    assert told["troubles"] == [{"span": None, "step": "a", "reason": "no node", "advice": "add one"}]


def test_a_failed_workflow_says_what_failed_and_why():
    view = shown(Phase.FAILED, a=(Phase.SUCCEEDED, ""), b=(Phase.FAILED, "main: Error (exit code 1): ValueError: no"))
    assert conclusion(view) == "workflow wf failed: 1 succeeded, 1 failed in 1 min 05 s\n  b: ValueError: no"
