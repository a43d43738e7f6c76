"""A Parallel in one pod: branches beside each other, what each sees, failures, and what a repeated pod runs."""

import json
from dataclasses import replace

import pytest

from runnable_runtime import protocol
from runnable_runtime.fused.processors import processors
from runnable_runtime.fused.spec import Beside, FusedSpec, Member
from runnable_runtime.protocol import SpecError, TaskSpec
from runnable_runtime.records.records import Status
from tests.unit.runtime.fused.test_pod import Pod, member, ran


@pytest.fixture
def pod(tmp_path):
    return Pod(tmp_path)


def shell(name, command, **more):
    place = {"p.one.s1": (1, 0, 0), "p.one.s2": (1, 0, 1), "p.two.s1": (1, 1, 0), "s0": (0,), "s3": (2,)}[name]
    one = member("s0", command, kind="shell", **more)
    return replace(one, spec=replace(one.spec, name=name, place=place))


ORDER = (0, Beside(((1, 2), (3,))), 4)
FIRST = shell("s0", "export x=1", returns="x")
ONE = shell("p.one.s1", "export x=$((x + 1))", reads="x", returns="x")
TWO = shell("p.one.s2", "export y=one$x", reads="x", returns="y")
OTHER = shell("p.two.s1", "export x=$((x + 10)) y=two", reads="x", returns="x y")
LAST = shell("s3", "export z=$x,$y", reads="x y", returns="z")


def test_a_branch_sees_what_was_before_and_its_own_and_later_branches_are_stronger(pod):
    code, _, err = pod.run(FIRST, ONE, TWO, OTHER, LAST, order=ORDER, keep="x y z", recorded=True)
    assert code == 0, err
    assert pod.outputs == {"x": 11, "y": "two", "z": "11,two"}
    steps = pod.steps()
    assert steps["p.one.s2"].inputs == {"x": 2}
    assert steps["p.two.s1"].inputs == {"x": 1}
    assert {step.status for step in steps.values()} == {Status.SUCCEEDED}


@pytest.mark.skipif(processors() < 2, reason="one processor runs one task at a time")
def test_branches_run_at_the_same_time_and_what_each_prints_stands_together(pod):
    meet = "touch {}; for i in $(seq 100); do test -e {} && exit 0; sleep 0.1; done; exit 1"
    one = shell("p.one.s1", f"echo in; {meet.format('a', 'b')}")
    two = shell("p.two.s1", f"echo in; {meet.format('b', 'a')}")
    code, out, err = pod.run(one, two, order=(Beside(((0,), (1,))),))
    assert code == 0, err
    assert sorted(out.splitlines()) == ["in", "in", "runnable: step 'p.one.s1'", "runnable: step 'p.two.s1'"]
    assert out.splitlines()[1::2] == ["in", "in"]


def test_with_a_limit_of_one_branches_run_one_after_another(pod):
    alone = "mkdir held && sleep 0.2 && rmdir held"
    one, two = shell("p.one.s1", alone), shell("p.two.s1", alone)
    code, _, err = pod.run(one, two, order=(Beside(((0,), (1,)), 1),))
    assert code == 0, err


def test_where_the_pod_holds_a_lock_for_them_one_task_runs_at_a_time(pod):
    alone = "mkdir held && sleep 0.2 && rmdir held"
    one, two = shell("p.one.s1", alone), shell("p.two.s1", alone)
    code, _, err = pod.run(one, two, order=(Beside(((0,), (1,))),), locked=True)
    assert code == 0, err


def test_other_branches_run_to_their_end_and_all_that_have_failed_are_named(pod):
    fails = replace(ONE, spec=replace(ONE.spec, target="exit 3"))
    late = replace(OTHER, spec=replace(OTHER.spec, target="sleep 0.3; exit 4"))
    code, _, err = pod.run(FIRST, fails, TWO, late, LAST, order=ORDER, recorded=True)
    assert code == protocol.EXIT_TASK_FAILED
    assert err.splitlines()[-1] == "step 'p.one.s1' failed: command exited with 3; so did 'p.two.s1'"
    assert list(pod.steps()) == ["s0", "p.one.s1", "p.two.s1"]


def test_a_pod_that_is_repeated_runs_what_no_branch_has_finished(pod):
    dies = replace(TWO, spec=replace(TWO.spec, target="kill -9 $(cut -d' ' -f4 /proc/$PPID/stat); sleep 60"))
    waits = replace(OTHER, spec=replace(OTHER.spec, target="export x=11 y=two"))
    code, _, _ = pod.run(FIRST, ONE, dies, waits, LAST, order=(0, Beside(((1, 2), (3,)), 1), 4), recorded=True)
    assert code == 137
    code, out, err = pod.run(FIRST, ONE, TWO, OTHER, LAST, order=ORDER, keep="z", recorded=True, attempt=2)
    assert code == 0, err
    assert sorted(ran(out) + ran(err)) == ["p.one.s2", "p.two.s1", "s3"]
    assert pod.outputs == {"z": "11,two"}


def test_each_has_only_its_own_secrets(pod):
    one = shell("p.one.s1", 'test -n "$KEY" && test -z "$OTHER"', secrets=("KEY",))
    two = shell("p.two.s1", 'test -z "$KEY" && test -n "$OTHER"', secrets=("OTHER",))
    code, _, err = pod.run(one, two, order=(Beside(((0,), (1,))),), KEY="one of them", OTHER="another one")
    assert code == 0, err


def test_the_order_of_a_spec_is_read_back_and_what_is_none_is_refused():
    spec = FusedSpec("all", tuple(Member(TaskSpec("stub", "", str(n))) for n in range(5)), order=ORDER)
    assert FusedSpec.from_json(json.dumps(spec.to_json())) == spec
    assert spec.before() == {0: (), 1: (0,), 2: (1,), 3: (0,), 4: (2, 3)}
    for order in ("x", [{"beside": 1}], [{"beside": [[0]], "limit": "x"}], [{"other": []}], [None]):
        with pytest.raises(SpecError):
            FusedSpec.from_json(json.dumps({**spec.to_json(), "order": order}))
