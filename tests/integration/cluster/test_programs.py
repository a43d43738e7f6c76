"""Steps that run an image of their own, on a real controller: what goes in, what comes out, and what is refused."""

import json

import pytest

from runnable import ContainerTask, Map, Pipeline, ShellTask, param
from runnable.frontend.build import build
from runnable_runtime.values.parameters import decode_lines
from tests.support import clusters
from tests.support.corpus import HOSTILE

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]

SAY = "import json, sys; json.dump(sys.argv[1:], open('/out/said.json', 'w'))"
PLAIN = [value for value in HOSTILE if not isinstance(value, str) or "\x01" not in value]


def program(code=SAY, **options):
    return ContainerTask(**{"name": "tool", "image": clusters.IMAGE, "command": ["python", "-c", code], **options})


def finished(*steps, **parameters):
    unit = build(Pipeline(name="p", steps=list(steps)), __file__)
    assert not unit.diagnostics, [d.message for d in unit.diagnostics]
    unit.program.parameters.update(parameters)
    return clusters.wait(clusters.start(clusters.compiled(unit)))


def returned(ended, name):
    """What the DAG of the step `name` has returned, an entry for each of its nodes."""
    nodes = [node for node in ended.nodes.values() if node["type"] == "DAG" and node["displayName"].startswith(name)]
    nodes.sort(key=lambda node: int(node["displayName"].partition("(")[2].partition(":")[0] or 0))
    return [decode_lines(node["outputs"]["parameters"][0]["value"]) for node in nodes]


def test_hostile_values_arrive_as_they_are():
    step = program(args=[param("x"), "--x=" + param("x"), "{" + param("x") + "}"], returns={"said": "/out/said.json"})
    count = ShellTask(name="count", command='export n=$(echo "$said" | wc -l)', returns=["n"])
    each = Map(name="map", branch=step.as_pipeline(), iterate_on="xs", iterate_as="x")
    ended = finished(each, count, xs=PLAIN)
    assert ended.phase == "Succeeded"
    found = [one["said"] for one in returned(ended, "tool")]
    assert len(found) == len(PLAIN)
    for value, (first, second, third) in zip(PLAIN, found, strict=True):
        assert second == f"--x={first}"
        assert third == f"{{{first}}}"
        assert first == value if isinstance(value, str) else json.loads(first) == value


@pytest.mark.parametrize("value", ["a\x01b", "x" * 33_000])
def test_a_value_that_cannot_be_an_argument_ends_the_step_without_a_pod(value):
    ended = finished(program(args=[param("x")]), x=value)
    assert ended.phase in ("Failed", "Error")
    assert ended.pods == []
    assert any(
        "the parameter x is not given, is longer than" in node.get("message", "") for node in ended.nodes.values()
    )


def test_a_file_that_is_not_there_fails_the_step():
    ended = finished(program("pass", returns={"said": "/out/said.json"}))
    assert ended.phase in ("Failed", "Error")


def test_later_steps_read_what_a_program_returned():
    code = SAY + "; open('/tmp/note', 'w').write('007\\n')"
    step = program(code, args=["a b"], returns={"said": "/out/said.json", "note": "/tmp/note"}, retry=1)
    ended = finished(step, ShellTask(name="read", command='export seen="$said|$note"', returns=["seen"]))
    assert ended.phase == "Succeeded"
    (pod,) = [pod for pod in ended.pods if pod["displayName"] == "read"]
    assert decode_lines(pod["outputs"]["parameters"][0]["value"]) == {"seen": '["a b"]|007'}
