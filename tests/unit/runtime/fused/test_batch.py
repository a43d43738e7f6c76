"""Several items of a Map in one pod, as a process: their results in order, their failures, their records."""

import json
import os
import signal
import time
from dataclasses import replace

import pytest

from runnable_runtime import protocol
from runnable_runtime.failures import BadInput
from runnable_runtime.fused.batch import inputs_of_items, numbers, processors
from runnable_runtime.fused.words import failed_members, read_failed_members
from runnable_runtime.records.records import Status
from runnable_runtime.values.parameters import decode_lines
from tests.unit.runtime.fused.test_pod import Pod, member, ran


@pytest.fixture
def pod(tmp_path):
    return Pod(tmp_path)


def of_item(name, command, **more):
    """A task of the body of the Map `m`."""
    one = member("s0", command, kind="shell", **more)
    return replace(one, spec=replace(one.spec, name=f"m.*.{name}", place=(0, 0, int(name[1:]))))


ADD = of_item("s0", "export y=$((x + base))", reads="x base", returns="y")
DOUBLE = of_item("s1", "echo $y; export z=$((y * 2))", reads="y", returns="z")
LINES = '["base","10"]\n["batch","x","xs",[[3,9,1],[4,9,2],[5,9,3],[6,9,4],[7,9,5]]]'


def test_what_the_items_return_is_in_their_order(pod):
    code, out, err = pod.run(ADD, DOUBLE, inputs=LINES, keep="y z", batch=True)
    assert code == 0, err
    results = json.loads(pod.out.read_text())
    assert [decode_lines(one["out"]) for one in results] == [{"y": 10 + i, "z": 20 + 2 * i} for i in range(1, 6)]
    lines = f'["each",["z"],{json.dumps(results)}]'
    assert decode_lines(lines) == {"z": [22, 24, 26, 28, 30]}
    assert sorted(ran(out)) == sorted(f"m.{i}.{name}" for i in range(3, 8) for name in ("s0", "s1"))


def test_what_a_task_prints_stands_together_under_its_heading(pod):
    shows = of_item("s0", "for i in 1 2 3; do echo $x; sleep 0.1; done", reads="x")
    _, out, _ = pod.run(shows, inputs=LINES, batch=True)
    blocks = [block.split() for block in out.split("runnable: step ")[1:]]
    assert sorted(blocks) == [[f"'m.{i + 2}.s0'", *[str(i)] * 3] for i in range(1, 6)]


def test_an_item_that_fails_leaves_the_others_alone_and_is_named(pod):
    some = of_item("s1", 'test "$y" != 12 && test "$y" != 14', reads="y")
    code, out, err = pod.run(ADD, some, DOUBLE, inputs=LINES, batch=True, recorded=True)
    assert code == protocol.EXIT_TASK_FAILED
    words = err.splitlines()[-1]
    assert words == "step 'm.4.s1' failed: command exited with 1; so did 'm.6.s1'"
    assert read_failed_members(f"Error (exit code 1): {words}") == (
        {"m.4.s1": "command exited with 1", "m.6.s1": ""},
        True,
    )
    assert "m.5.s1" in ran(out)
    steps = pod.steps()
    failed = [path for path, step in steps.items() if step.status is Status.FAILED]
    assert sorted(failed) == ["m.4.s1", "m.6.s1"]
    assert steps["m.5.s1"].status is Status.SUCCEEDED
    assert steps["m.3.s0"].outputs == {"y": 11}
    assert steps["m.3.s0"].inputs["x"] == 1


def test_where_what_failed_is_kept_each_item_leaves_what_it_returned_or_why_it_failed(pod):
    some = of_item("s1", 'test "$y" != 12', reads="y")
    code, _, err = pod.run(ADD, some, inputs=LINES, keep="y", batch=True, reports=True)
    assert code == protocol.EXIT_TASK_FAILED
    assert err.splitlines()[-1] == "step 'm.4.s1' failed: command exited with 1"
    first, second, *_ = (one["out"] for one in json.loads(pod.out.read_text()))
    assert decode_lines(first) == {"y": 11}
    assert second == '["failed",{"index":4,"item":2,"step":"s1","error":"command exited with 1"}]'


def test_a_failed_item_alone_has_further_attempts(pod):
    flaky = of_item("s0", 'test "$x" != 2 || test "$RUNNABLE_STEP_ATTEMPT" = 2', reads="x", attempts=3)
    code, _, err = pod.run(flaky, inputs=LINES, batch=True, recorded=True)
    assert code == 0, err
    assert [len(step.attempts) for step in pod.steps().values()] == [1, 2, 1, 1, 1]


def test_where_nothing_reads_the_item_its_number_is_known(pod):
    code, out, err = pod.run(of_item("s0", "true"), inputs='["batch",[[0,2],[1,2]]]', batch=True)
    assert code == 0, err
    assert sorted(ran(out)) == ["m.0.s0", "m.1.s0"]


@pytest.mark.slow
def test_a_pod_that_dies_loses_only_the_items_that_have_not_finished(pod):
    waits = of_item("s0", 'test "$x" != 5 || (touch up; sleep 60)', reads="x")
    process = pod.start(waits, inputs=LINES, batch=True, recorded=True)
    deadline = time.monotonic() + 60
    while not (pod.project / "up").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(2)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 143
    again = replace(waits, spec=replace(waits.spec, target="true"))
    code, out, err = pod.run(again, inputs=LINES, batch=True, recorded=True, attempt=2)
    assert code == 0, err
    assert ran(out) == ["m.7.s0"]


def test_the_items_of_a_pod_are_in_one_line():
    lines = '{"a":1}\n["batch","x","xs",[[3,9,"a"],[4,9]]]\n{"b":1}'
    assert list(inputs_of_items(lines)) == [
        '{"a":1}\n["item","x","xs",[3,9,"a"]]\n{"b":1}',
        '{"a":1}\n["item","x","xs",[4,9]]\n{"b":1}',
    ]
    assert list(inputs_of_items('["batch",[[3,9,"a"]]]')) == ['["number",[3,9]]']
    assert numbers(lines) == [3, 4]
    assert numbers('{"a":1}') == numbers('["batch",1]') == numbers('["batch",') == []


@pytest.mark.parametrize("lines", ["", '{"x":1}', '["batch","x"]', '["batch",1]'])
def test_without_items_there_is_nothing_to_run(lines):
    with pytest.raises(BadInput):
        list(inputs_of_items(lines))


def test_a_machine_has_a_processor():
    assert processors() >= 1


def test_many_failures_are_named_as_far_as_there_is_room():
    failed = [(f"m.{i}.t", "boom" * 1000) for i in range(40)]
    words = failed_members(failed)
    assert len(words) < 2048
    names, are_all = read_failed_members(words)
    assert list(names) == [f"m.{i}.t" for i in range(21)]
    assert not are_all
    assert read_failed_members("OOMKilled (exit code 137)") == ({}, True)


@pytest.mark.parametrize(
    ("files", "known"),
    [
        ({"cpu.max": "100000 100000\n"}, 1),
        ({"cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, None),
        ({"cpu.max": "max 100000\n"}, None),
        ({}, None),
    ],
)
def test_a_limit_of_processors_is_read_of_either_version_of_control_groups(files, known, tmp_path):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert processors(tmp_path) == (len(os.sched_getaffinity(0)) if known is None else known)
