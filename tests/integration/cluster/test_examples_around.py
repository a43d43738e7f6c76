"""Ten of Argo's own examples of what is around a workflow, said with this project: each ends as it does there.

Their names are those of the files in Argo's folder `examples`.
"""

import json
import os
import uuid

import pytest
import yaml

from runnable import (
    Approval,
    Catalog,
    Conditional,
    HttpTask,
    Parallel,
    Parameter,
    Pipeline,
    ShellTask,
    TemplateTask,
    param,
)
from runnable.configuration import Section
from runnable.frontend.build import build
from runnable.frontend.giving import give
from tests.integration.cluster.test_approvals import runnable, when_it_waits
from tests.integration.cluster.test_around import account, applied  # noqa: F401 - a fixture
from tests.support import clusters
from tests.support.argo_examples import IMAGE, echo, fail, pipe, say
from tests.support.s3 import empty, new_prefix
from tests.unit.runtime.tasks.test_http import Server

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.thorough,  # each of these features has a test of its own here
    pytest.mark.timeout(600),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]


def started(pipeline, **configuration):
    unit = build(pipeline, __file__)
    assert not unit.diagnostics, [d.message for d in unit.diagnostics]
    return clusters.start(clusters.compiled(give(unit, values={}, variables=False), **configuration))


def pods(ended):
    """The paths of the tasks that had a pod, in order."""
    given = [{p["name"]: p["value"] for p in pod["inputs"]["parameters"]}["spec"] for pod in ended.pods]
    return sorted(json.loads(spec)["name"] for spec in given)


def approved(name, *answers):
    when_it_waits(name)
    ended = runnable("approve", name, *(word for one in answers for word in ("-p", one)))
    assert ended.returncode == 0, ended.stderr


def test_exit_handlers():
    mail = ShellTask(name="notify", command='echo "send e-mail: $run_id $status $duration. Failed steps $failures"')
    by_status = Conditional(
        name="by status", parameter="status", branches={"succeeded": pipe(echo("celebrate"))}, default=pipe(echo("cry"))
    )
    ended = clusters.wait(started(pipe(fail("intentional fail"), on_exit=pipe(mail, by_status))))
    assert ended.phase == "Failed"
    assert pods(ended) == ["intentional fail", "on_exit.by status.default.cry", "on_exit.notify"]


def test_suspend_template():
    name = started(pipe(echo("build"), Approval(name="approve"), echo("delay"), echo("release")))
    approved(name)
    ended = clusters.wait(name)
    assert (ended.phase, pods(ended)) == ("Succeeded", ["build", "delay", "release"])


def test_suspend_template_outputs():
    ask = Approval(name="approve", answers=[Parameter(name="message", type=str)])
    name = started(pipe(ask, say("release")))
    approved(name, "message=hello from a person")
    assert clusters.wait(name).phase == "Succeeded"


@pytest.mark.parametrize(("answer", "deployed"), [("YES", True), ("NO", False)])
def test_intermediate_parameters(answer, deployed):
    ask = Approval(name="approval", answers=[Parameter(name="approve", type=str, default="NO", choices=["YES", "NO"])])
    go_on = Conditional(
        name="if", parameter="approve", branches={"YES": pipe(echo("deploy prod"))}, default=pipe(echo("stay"))
    )
    name = started(pipe(echo("deploy pre prod"), ask, go_on))
    approved(name, f"approve={answer}")
    ended = clusters.wait(name)
    assert ended.phase == "Succeeded"
    assert ("if.YES.deploy prod" in pods(ended)) is deployed


def test_memoize_simple():
    world = ShellTask(name="world", command="export hello=world", returns=["hello"], cache=True)
    cache = {"configMap": f"cache-{uuid.uuid4().hex[:8]}", "maxAge": "10m"}
    first, second = (clusters.wait(started(pipe(world), cache=cache)) for _ in range(2))
    clusters.kubectl("delete", "configmap", "--ignore-not-found", "-n", clusters.NAMESPACE, cache["configMap"])
    assert (first.phase, second.phase) == ("Succeeded", "Succeeded")
    assert (len(first.pods), len(second.pods)) == (1, 0)


def test_http_hello_world(account):  # noqa: F811
    with Server(clusters.address()) as server:
        good = HttpTask(name="good", url=server.url)
        bad = HttpTask(name="bad", url="http://127.0.0.1:1/", timeout=20, on_failure=pipe(echo("anyway")))
        ended = clusters.wait(started(pipe(good, bad), serviceAccount=account))
    assert (ended.phase, pods(ended)) == ("Succeeded", ["anyway"])
    assert len(server.requests) == 1


def test_http_success_condition(account):  # noqa: F811
    with Server(clusters.address()) as server:
        server.status, server.text = 201, b"<html>google</html>"
        by_status = HttpTask(name="status", url=server.url, success="response.statusCode == 201")
        by_body = HttpTask(name="body", url=server.url, success="response.body contains 'google'")
        ended = clusters.wait(started(pipe(by_status, by_body), serviceAccount=account))
    assert (ended.phase, len(server.requests)) == ("Succeeded", 2)


def test_status_reference():
    ended = clusters.wait(started(pipe(fail("flaky container", on_failure=pipe(echo("failed"))))))
    assert (ended.phase, pods(ended)) == ("Succeeded", ["failed", "flaky container"])


@pytest.fixture
def printing():
    """The names of two templates of others: one prints, one calls that twice."""
    message = {"parameters": [{"name": "message"}]}
    hello = {"parameters": [{"name": "message", "value": "{{inputs.parameters.message}}"}]}
    names = [f"print-{uuid.uuid4().hex[:8]}", f"inner-{uuid.uuid4().hex[:8]}"]
    printed = {"image": IMAGE, "command": ["echo"], "args": ["{{inputs.parameters.message}}"]}
    call = {"templateRef": {"name": names[0], "template": "print-message"}, "arguments": hello}
    templates = [
        {"name": "print-message", "inputs": message, "container": printed},
        {"name": "inner-steps", "inputs": message, "steps": [[{"name": "inner-a", **call}], [{"name": "b", **call}]]},
    ]
    kind = {"apiVersion": "argoproj.io/v1alpha1", "kind": "WorkflowTemplate"}
    items = [
        {**kind, "metadata": {"name": name}, "spec": {"templates": [one]}}
        for name, one in zip(names, templates, strict=True)
    ]
    with applied(yaml.safe_dump_all(items)):
        yield names


def called(name, template, entrypoint="print-message", message="hello world"):
    return TemplateTask(name=name, template=template, entrypoint=entrypoint, arguments={"message": message})


def test_workflow_template_hello_world(printing):
    ended = clusters.wait(started(pipe(called("call", printing[0], message=param("greeting")), parameters=[
        Parameter(name="greeting", default="hello world")
    ])))  # fmt: skip
    assert (ended.phase, len(ended.pods)) == ("Succeeded", 1)


def test_workflow_template_steps(printing):
    second = Parallel(
        name="second",
        branches={
            "a": Pipeline(steps=[called("hello2a", printing[1], "inner-steps")]),
            "b": Pipeline(steps=[called("hello2b", printing[0])]),
        },
    )
    ended = clusters.wait(started(pipe(called("hello1", printing[0]), second)))
    assert (ended.phase, len(ended.pods)) == ("Succeeded", 4)


def test_artifact_passing():
    url = new_prefix()
    keys = {"bucket": url.removeprefix("s3://"), "credentials_secret": "s3-credentials"}
    keys["endpoint_url"] = os.environ["AWS_ENDPOINT_URL"]
    make = ShellTask(
        name="generate", command="echo hello world | tee hello_world.txt", catalog=Catalog(put=["hello_world.txt"])
    )
    use = ShellTask(name="consume", command="grep hello hello_world.txt", catalog=Catalog(get=["hello_world.txt"]))
    artifacts = {"files": ["hello_world.txt"]}
    ended = clusters.wait(started(pipe(make, use), catalog=Section("s3", keys), artifacts=artifacts))
    empty(url)
    assert (ended.phase, pods(ended)) == ("Succeeded", ["consume", "generate"])
    (made,) = [one for one in ended.pods if one["displayName"] == "generate"]
    assert [one["name"] for one in made["outputs"].get("artifacts", ()) if one["name"] != "main-logs"]
