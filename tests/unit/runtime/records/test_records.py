"""Records to JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from runnable_runtime.process.usage import ContainerUsage, Usage
from runnable_runtime.records.origin import Machine, Origin
from runnable_runtime.records.records import (
    SCHEMA_VERSION,
    AttemptRecord,
    Kind,
    RecordError,
    RunRecord,
    Session,
    Status,
    StepRecord,
    in_order,
)
from runnable_runtime.records.times import now, seconds_between

ATTEMPT = AttemptRecord(
    number=2,
    started="2026-01-31T12:00:00.000000+00:00",
    ended="2026-01-31T12:00:01.500000+00:00",
    status=Status.SUCCEEDED,
    inputs={"x": [1, {"y": None}]},
    outputs={"score": 0.5},
    metrics=("score",),
    log="logs/a.2.log",
)
STEP = StepRecord(path="p.b.a", kind=Kind.PYTHON, status=Status.SUCCEEDED, started=ATTEMPT.started, attempts=(ATTEMPT,))
RUN = RunRecord(
    run_id="r", pipeline="p", started=ATTEMPT.started, tag="t", parameters={"x": 1}, steps={STEP.path: STEP}
)


def test_a_record_survives_the_way_through_json() -> None:
    assert RunRecord.from_json(json.loads(json.dumps(RUN.to_json()))) == RUN


def test_a_value_that_is_null_or_empty_is_kept_inside_of_outputs() -> None:
    attempt = AttemptRecord(number=1, started=now(), outputs={"a": None, "b": [], "c": "", "d": {}})
    assert AttemptRecord.from_json(json.loads(json.dumps(attempt.to_json()))) == attempt


def test_a_record_says_its_version_and_a_newer_one_is_refused() -> None:
    document = RUN.to_json()
    assert document["schema_version"] == SCHEMA_VERSION
    document["schema_version"] = SCHEMA_VERSION + 1
    with pytest.raises(RecordError, match="upgrade runnable"):
        RunRecord.from_json(document)


def test_keys_that_are_not_known_are_left_aside() -> None:
    assert RunRecord.from_json({**RUN.to_json(), "colour": "blue"}) == RUN


@pytest.mark.parametrize("key", ["run_id", "pipeline", "status", "started", "schema_version"])
def test_a_record_that_lacks_something_is_damaged(key: str) -> None:
    document = RUN.to_json()
    del document[key]
    with pytest.raises(RecordError):
        RunRecord.from_json(document)


def test_an_unknown_status_is_damage() -> None:
    with pytest.raises(RecordError, match="damaged"):
        StepRecord.from_json({**STEP.to_json(), "status": "dancing"})


def test_times_are_utc_with_microseconds_and_can_be_subtracted() -> None:
    assert now().endswith("+00:00")
    assert len(now()) == len("2026-01-31T12:00:00.000000+00:00")
    assert seconds_between(ATTEMPT.started, ATTEMPT.ended) == 1.5
    assert seconds_between(ATTEMPT.started, None) == 0.0


def test_the_outputs_of_a_step_are_those_of_its_last_attempt() -> None:
    assert STEP.outputs == {"score": 0.5}
    assert StepRecord(path="p", kind=Kind.STUB).outputs == {}


def test_steps_are_in_the_order_of_their_places_whoever_wrote_first() -> None:
    steps = [
        StepRecord(path=path, kind=Kind.PYTHON, place=place)
        for path, place in [("b", (1,)), ("a.1.x", (0, 1, 0)), ("a", (0,)), ("a.10", (0, 10)), ("a.2", (0, 2))]
    ]
    assert list(in_order(steps)) == ["a", "a.1.x", "a.2", "a.10", "b"]


def test_a_record_of_the_first_version_has_no_places_and_is_read_in_its_own_order() -> None:
    document = RUN.to_json()
    document["schema_version"] = 1
    document["steps"] = [{**STEP.to_json(), "path": path} for path in ("b", "a")]
    assert list(RunRecord.from_json(document).steps) == ["b", "a"]


@pytest.mark.parametrize("path", ["\ud800", "m.\udfff.work"])
def test_a_path_that_no_file_can_be_named_by_is_damage(path: str) -> None:
    with pytest.raises(RecordError, match="damaged"):
        StepRecord.from_json({**STEP.to_json(), "path": path})


@pytest.mark.parametrize("place", ["ab", [None], 3, ["1"]])
def test_a_place_that_is_none_is_damage(place: object) -> None:
    with pytest.raises(RecordError, match="damaged"):
        StepRecord.from_json({**STEP.to_json(), "place": place})


USED = Usage(
    memory=235, memory_before=35, cpu=0.0, container=ContainerUsage(memory=250, memory_limit=512, throttled=0.5)
)
MACHINE = Machine(host="h", pod="jobs/p-1", node="n", image="python:3.11", digest="sha256:ab")
ORIGIN = Origin(user="ada", host="h", command="runnable run p.py", version="1.2.3", commit="ab", dirty=False)


def test_what_is_not_in_every_record_survives_the_way_through_json() -> None:
    attempt = replace(ATTEMPT, waited=0.0, used=USED, machine=MACHINE)
    earlier = Session(started=ATTEMPT.started, ended=ATTEMPT.started, status=Status.FAILED, origin=ORIGIN)
    steps = {STEP.path: replace(STEP, attempts=(attempt,))}
    run = replace(RUN, origin=replace(ORIGIN, dirty=None), earlier=(earlier,), edges={"": "line"}, steps=steps)
    assert RunRecord.from_json(json.loads(json.dumps(run.to_json()))) == run


def test_a_record_without_them_is_read_as_before() -> None:
    read = RunRecord.from_json(RUN.to_json())
    assert (read.origin, read.edges, ATTEMPT.waited, ATTEMPT.used, ATTEMPT.machine) == (None, {}, None, None, None)
    assert not {"origin", "edges", "waited", "used", "machine"} & {*RUN.to_json(), *ATTEMPT.to_json()}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("waited", -1),
        ("waited", "1 s"),
        ("waited", 10**400),
        ("used", [1]),
        ("used", {"memory": 1.5}),
        ("used", {"memory": 10**400}),
        ("used", {"cpu": float("nan")}),
        ("used", {"container": {"memory_limit": -1}}),
        ("machine", {"pod": 3}),
    ],
)
def test_one_of_them_that_is_none_is_damage(name: str, value: object) -> None:
    with pytest.raises(RecordError, match="damaged"):
        AttemptRecord.from_json({**ATTEMPT.to_json(), name: value})


@pytest.mark.parametrize(("name", "value"), [("origin", {"dirty": 1}), ("origin", "ada"), ("edges", {"": [["a"]]})])
def test_one_of_the_run_that_is_none_is_damage(name: str, value: object) -> None:
    with pytest.raises(RecordError, match="damaged"):
        RunRecord.from_json({**RUN.to_json(), name: value})


def test_a_part_of_a_field_that_is_not_known_is_left_aside() -> None:
    used = {**USED.to_json(), "container": {"memory": 1, "disk": 2}, "gpu": 3}
    attempt = AttemptRecord.from_json({**ATTEMPT.to_json(), "used": used, "machine": {"pod": "a/b", "rack": "7"}})
    assert attempt.used == replace(USED, container=ContainerUsage(memory=1))
    assert attempt.machine == Machine(pod="a/b")
