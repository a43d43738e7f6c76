"""A workflow's status as a record, and its report: what is not in a status is said to be missing."""

import gzip
import json
from dataclasses import replace

import pytest

from runnable.cluster.as_record import completed, enriched, record_of
from runnable.cluster.model import Attempt, Phase, Step, View
from runnable.cluster.view import _skipped_with_their_parents, view
from runnable.report.failures import Unrecorded
from runnable.report.model import Model
from runnable.report.usage import of_attempt
from runnable.report.writing import report
from runnable_runtime.records.origin import Machine
from runnable_runtime.records.records import Status
from tests.support.paths import TESTS
from tests.support.synthetic import at, run, step

BEGAN, ENDED = "2026-01-01T00:00:05Z", "2026-01-01T00:01:05Z"


def failed(**more):
    pod = Attempt("wf-123", Phase.FAILED, "main: Error (exit code 1): ValueError: no", BEGAN, ENDED, "node-1")
    tried = Step("each.0.fit", "task", Phase.FAILED, pod.message, BEGAN, ENDED, (pod,))
    steps = [
        Step("each", "map", Phase.FAILED, "", BEGAN, ENDED),
        Step("each.0", "item", Phase.FAILED, "", BEGAN, ENDED),
    ]
    steps += [tried, Step("end", "stub", Phase.WAITING)]
    shown = {step.path: step for step in steps}
    return View("wf", "here", Phase.FAILED, started=BEGAN, finished=ENDED, steps=shown, **more)


def test_a_recorded_status_has_the_steps_of_the_run_with_their_pods():
    workflow = json.loads(gzip.decompress((TESTS / "data" / "workflows" / "everything.json.gz").read_bytes()))
    record = record_of(view(workflow))
    step = record.steps["both.verdicts.cells.1.judge.even.breaks"]
    assert [str(attempt.status) for attempt in step.attempts] == ["failed", "failed"]
    assert step.attempts[0].machine.pod == ""
    assert record.steps["both.grid.grid.0"].kind == "pipeline"
    assert str(record.status) == "running"
    model = Model(record)
    assert len(model.steps) == len(record.steps)
    assert "<title>▶" in report(record, lambda name: None)


def test_its_report_has_the_pods_messages_and_the_command_for_logs_and_says_what_is_missing():
    text = report(
        record_of(failed(), {"wf-123": "wf-fit-123"}),
        lambda name: None,
        unrecorded=Unrecorded("Values are missing.", "runnable logs -n here wf"),
    )
    assert "ValueError: no" in text
    assert "Values are missing." in text
    machine = record_of(failed(), {"wf-123": "wf-fit-123"}).steps["each.0.fit"].attempts[0].machine
    assert (machine.pod, machine.node) == ("here/wf-fit-123", "node-1")
    assert "runnable logs -n here wf each.0.fit" in text
    assert "runnable replay" not in text
    assert "runnable retry" not in text
    assert "&#x27;each.0.fit&#x27; failed" in text


@pytest.mark.parametrize(("stopping", "status"), [(False, "failed"), (True, "interrupted")])
def test_a_workflow_that_was_stopped_is_interrupted(stopping, status):
    assert str(record_of(failed(stopping=stopping)).status) == status


def test_a_skipped_step_has_no_time_in_which_it_ran():
    one = Step("a", "stub", Phase.SKIPPED, "", BEGAN, ENDED)
    record = record_of(View("wf", "here", Phase.SUCCEEDED, started=BEGAN, finished=ENDED, steps={"a": one}))
    assert (record.steps["a"].started, record.steps["a"].ended) == (None, None)


def test_what_pods_have_recorded_is_enriched_by_the_status():
    shown = failed()
    fit = step("each.0.fit", (0, 0, 0), 10, 20, status=Status.FAILED, message="ValueError: no", trace="Traceback …")
    mine = replace(run(fit), run_id="wf", workflow="here/wf", status=Status.RUNNING, ended=None, started=at(2))
    record = enriched(mine, shown)
    assert list(record.steps) == ["each", "each.0", "each.0.fit", "end"]
    assert record.steps["each"].kind == "map"
    assert record.steps["each.0.fit"].attempts[0].trace == "Traceback …"
    assert (str(record.status), record.message) == ("failed", "'each.0.fit' failed")
    assert record.started == "2026-01-01T00:00:05.000000+00:00"


def test_an_attempt_waited_from_its_node_s_beginning_until_its_pod_had_begun():
    (pod,) = (shown := failed()).steps["each.0.fit"].attempts
    shown.steps["each.0.fit"] = replace(shown.steps["each.0.fit"], attempts=(replace(pod, image="team/orders:1"),))
    fit = step("each.0.fit", (0, 0, 0), 10, 20)
    mine = replace(fit.attempts[0], machine=Machine(pod="here/wf-fit-123"), started="2026-01-01T00:00:10.5+00:00")
    record = replace(run(replace(fit, attempts=(mine,))), workflow="here/wf")
    known = enriched(record, shown)
    (one,) = known.steps["each.0.fit"].attempts
    assert completed(record, known).steps["each.0.fit"].attempts == (one,)
    assert one.waited == 5.5
    assert one.machine == Machine(pod="here/wf-fit-123", image="team/orders:1")
    assert "5.50 s, for its pod" in dict(of_attempt(one))["waited"]


def test_what_is_in_a_branch_that_is_not_taken_is_skipped_with_it():
    steps = [Step("which", "conditional", Phase.SUCCEEDED), Step("which.tails", "pipeline", Phase.SKIPPED)]
    steps += [Step("which.tails.each", "map"), Step("which.tails.each.task", "task"), Step("next", "task")]
    found = _skipped_with_their_parents(steps)
    assert [step.path for step in found.values() if step.phase is Phase.WAITING] == ["next"]
