"""Steps that run an image of their own, in the status of a workflow and in the record of its run."""

from dataclasses import replace

import pytest
import yaml

from runnable.cluster.as_record import record_of
from runnable.cluster.model import Phase
from runnable.cluster.recording import end_of
from runnable.cluster.tree import document, tree
from runnable.cluster.view import view
from runnable.configuration import Section
from runnable.diagnostics.errors import RecordUnusable
from runnable.ir.nodes import ContainerRun, Reads, Task
from runnable.ir.options import Options
from runnable.replay.from_workflow import from_workflow
from runnable.runs.stores import STORES
from runnable.runs.stores.chunked_fs import ChunkedStore
from runnable.targets import argo
from runnable.targets.target import CompileRequest
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.records.ends import with_end, write_end
from runnable_runtime.records.records import RunRecord, Status
from runnable_runtime.records.times import as_recorded
from runnable_runtime.stores.folder import FolderLocation
from tests.support.argo_programs import fan_out, program, python

BUCKET = Section("chunked-s3", {"bucket": "runs"})
T = "2026-01-01T00:0{}:00Z"


def tool(name="tool", reads="x"):
    run = ContainerRun(("tool",), (("", reads, ""),), ("/out/rows",))
    return Task(name, run, Reads((reads,)), (ReturnSpec("rows", "metric"),), Options(image="tool:1"))


def node(identity, name, kind, boundary, phase="Succeeded", start=1, **fields):
    times = {"startedAt": T.format(start), "finishedAt": T.format(start + 1)}
    return {
        "id": identity,
        "displayName": name,
        "type": kind,
        "boundaryID": boundary,
        "phase": phase,
        **times,
        **fields,
    }


def parameters(**texts):
    return {"parameters": [{"name": name, "value": text} for name, text in texts.items()]}


def workflow(whole, *nodes, phase="Succeeded", log=BUCKET, **more):
    request = CompileRequest(program=whole, kind="Workflow", name="p", image="i:1", run_log_store=log, **more)
    found = yaml.safe_load(argo.compile(request)[0].text)
    found["metadata"] = {"name": "wf", "namespace": "here"}
    known = {one["id"]: one for one in (node("wf", "wf", "DAG", ""), *nodes)}
    found["status"] = {"phase": phase, "startedAt": T.format(0), "finishedAt": T.format(9), "nodes": known}
    return found


RAN = (
    node("d", "tool", "DAG", "wf", inputs=parameters(**{"in": '["x","a b"]'}), outputs=parameters(out='["rows","7"]')),
    node("r", "run", "Retry", "d"),
    node("p0", "run(0)", "Pod", "d", "Failed", 1, message="Error (exit code 3): no such table"),
    node("p1", "run(1)", "Pod", "d", "Succeeded", 3, templateName="container"),
)


def test_the_status_is_the_record_of_a_program():
    shown = view(workflow(program(tool(), python("use"), x="a b"), *RAN))
    assert (shown.steps["tool"].phase, len(shown.steps["tool"].attempts)) == (Phase.SUCCEEDED, 2)
    (step,) = shown.programs
    assert (step.path, step.kind, step.status) == ("tool", "container", "succeeded")
    first, last = step.attempts
    assert (first.status, "no such table" in first.message) == ("failed", True)
    assert (last.inputs, last.outputs, last.metrics) == ({"x": "a b"}, {"rows": 7}, ("rows",))
    assert last.started == as_recorded(T.format(3))


def test_one_in_a_map_has_the_place_of_its_item():
    item = node("i", "tool(1:1,2,b)", "DAG", "m", "Failed", inputs=parameters(**{"in": '["item","x","xs",[1,2,"b"]]'}))
    nodes = (node("m", "map", "DAG", "wf"), item, node("p", "run", "Pod", "i", "Failed", message="Error (exit code 1)"))
    (step,) = view(workflow(program(fan_out("map", tool()), xs=["a", "b"]), *nodes, phase="Failed")).programs
    assert (step.path, step.status, step.place[1]) == ("map.1.tool", "failed", 1)
    assert step.attempts[0].inputs == {"x": "b"}


def test_it_is_not_replayed(tmp_path):
    found = workflow(program(tool(), x=1), *RAN)
    with pytest.raises(RecordUnusable) as refused:
        from_workflow(found, "tool", None, tmp_path)
    (problem,) = refused.value.diagnostics
    assert problem.code == "RN910"
    assert "tool:1, an image of its own" in problem.message


def test_a_view_as_a_document_has_no_records():
    assert "programs" not in document(view(workflow(program(tool(), x=1), *RAN)), [])


def test_a_program_that_got_no_pod_says_why():
    refused = "Invalid 'when' expression 'the parameter x is not given'"
    nodes = (node("d", "tool", "DAG", "wf", "Error"), node("r", "run", "Skipped", "d", "Error", message=refused))
    step = view(workflow(program(tool(), x=1), *nodes, phase="Failed")).steps["tool"]
    assert (step.phase, step.message) == (Phase.FAILED, refused)


def test_without_records_of_pods_there_are_none():
    assert view(workflow(program(tool(), x=1), *RAN, log=Section("buffered"))).programs == ()


@pytest.fixture
def recorded(tmp_path):
    """A run that pods record, in a store of folders, and the location that its ends are written to."""
    store = STORES["chunked-fs"].open(STORES["chunked-fs"].settings(log_folder=str(tmp_path)))
    record = RunRecord(
        run_id="wf", pipeline="p", status=Status.RUNNING, started=as_recorded(T.format(0)), workflow="here/wf"
    )
    writer = store.create(record)
    writer.write_run(record)
    writer.close()
    return store, FolderLocation(tmp_path), record


def test_its_record_is_written_with_the_end_and_once(recorded):
    store, location, record = recorded
    end = end_of(view(workflow(program(tool(), python("use"), x=1), *RAN)))
    assert with_end(record, [end]).steps["tool"].status == "succeeded"
    for _ in range(2):
        assert write_end(location, "wf", end)
        found = store.read("wf")
        assert [attempt.number for attempt in found.steps["tool"].attempts] == [1, 2]
    assert found.status == "succeeded"


def test_the_attempts_of_a_second_workflow_come_after_those_of_the_first(recorded):
    store, location, _ = recorded
    whole = program(tool(), x=1)
    write_end(location, "wf", end_of(view(workflow(whole, *RAN[:1], *RAN[2:3], phase="Failed"))))
    write_end(location, "wf", end_of(view(workflow(whole, *RAN))))
    assert [attempt.status for attempt in store.read("wf").steps["tool"].attempts] == ["failed", "succeeded"]


def test_what_has_gone_on_elsewhere_is_left_alone(recorded):
    store, location, _ = recorded
    found = workflow(program(tool(), x=1), *RAN)
    found["metadata"]["name"] = "older"
    found["status"]["nodes"]["older"] = {**found["status"]["nodes"].pop("wf"), "id": "older"}
    for one in found["status"]["nodes"].values():
        one["boundaryID"] = "older" if one["boundaryID"] == "wf" else one["boundaryID"]
    end = end_of(view(found))
    assert end.steps
    write_end(location, "wf", end)
    assert store.read("wf").steps == {}


KEY = "use-0123456789abcdef0123456789abcdef-0123456789abcdef0123456789abcdef"


def looked_up(*, hit, kind="DAG", identity="c", start=4, **fields):
    """The node of a step that was looked up in Argo's cache."""
    status = {"hit": hit, "key": KEY, "cacheName": "runnable-cache"}
    given = parameters(**{"in": '{"rows":7}'})
    return node(identity, "use", kind, "wf", start=start, inputs=given, memoizationStatus=status, **fields)


def with_cache():
    """A pipeline with a step that is looked up, and one after it that is not."""
    whole = program(python("use", reads="rows", returns="x", cache=True), python("end", reads="x"), rows=7)
    return replace(whole, source="p.py")


def cached_workflow(*nodes, **options):
    request = {"configuration": {"cache": {}}, "functions": {"jobs:work": with_cache}}
    return workflow(with_cache(), *nodes, **options, **request)


def test_a_step_that_came_from_argos_cache_is_recorded_as_such():
    shown = view(cached_workflow(looked_up(hit=True, outputs=parameters(out='{"x":1.0}'))))
    assert (shown.steps["use"].phase, shown.steps["use"].cached) == (Phase.SUCCEEDED, f"runnable-cache/{KEY}")
    assert any("from Argo's cache" in str(line) for line in tree(shown))
    (step,) = shown.programs
    (attempt,) = step.attempts
    assert (step.kind, attempt.inputs, attempt.outputs) == ("python", {"rows": 7}, {"x": 1.0})
    assert attempt.reused == f"runnable-cache/{KEY}"


def test_without_records_of_pods_the_status_says_so_too():
    found = record_of(view(cached_workflow(looked_up(hit=True), log=Section("buffered"))))
    assert [one.reused for one in found.steps["use"].attempts] == [f"runnable-cache/{KEY}"]
    assert found.steps["end"].attempts == ()


def test_a_step_that_was_looked_up_in_vain_has_the_record_of_its_pod():
    nodes = looked_up(hit=False), node("r", "run", "Pod", "c", templateName="python-returns", start=5)
    shown = view(cached_workflow(*nodes))
    assert (len(shown.steps["use"].attempts), shown.steps["use"].cached, shown.programs) == (1, "", ())


def test_a_step_whose_pod_runs_is_running_though_argo_calls_its_dag_pending():
    nodes = looked_up(hit=False, phase="Pending"), node("r", "run", "Pod", "c", "Running", start=5)
    assert view(cached_workflow(*nodes, phase="Running")).steps["use"].phase is Phase.RUNNING


def test_a_run_without_a_pod_is_recorded_by_who_sees_its_end(tmp_path):
    both = looked_up(hit=True), replaced(looked_up(hit=True, identity="e"), displayName="end")
    end = end_of(view(cached_workflow(*both)))
    location = FolderLocation(tmp_path)
    assert write_end(location, "wf", end)
    assert write_end(location, "wf", end)
    record = ChunkedStore(tmp_path).read("wf")
    assert (record.pipeline, record.workflow, record.status, record.parameters) == (
        "demo",
        "here/wf",
        Status.SUCCEEDED,
        {"rows": 7},
    )
    assert record.steps["use"].attempts[0].reused


def test_a_run_that_had_a_pod_is_not_made_anew_where_its_record_is_gone(tmp_path):
    pod = node("r", "end", "Pod", "wf", templateName="python", start=5)
    end = end_of(view(cached_workflow(looked_up(hit=True), pod)))
    assert not write_end(FolderLocation(tmp_path), "wf", end)


def replaced(one, **fields):
    return {**one, **fields}
