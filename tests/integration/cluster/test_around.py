"""What is around a workflow, on a real controller: templates of others, requests, schedules, spans from pods."""

import contextlib
import json
import time
import uuid

import pytest
import yaml

from runnable import HttpTask, Map, Parameter, Pipeline, ShellTask, Stub, TemplateTask, param, secret
from runnable.cluster.view import view
from runnable.configuration import Configuration, Section
from runnable.driver.simulate import Scenario, simulation
from runnable.frontend.build import build
from runnable.frontend.giving import give
from runnable.planning.counts import ONCE, Times
from tests.conformance.test_examples import served
from tests.support import api, clusters, namespaces
from tests.support.collector import Collector
from tests.support.paths import ROOT
from tests.unit.runtime.tasks.test_http import Server

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]
VALUE = 'it\'s é {a} $(HOME) `x` \\ "q"'


def unit_of(*steps, parameters=None):
    unit = build(Pipeline(name="p", steps=list(steps)), __file__)
    assert not unit.diagnostics, [d.message for d in unit.diagnostics]
    return give(unit, values=parameters or {}, variables=False)


def finished(*steps, parameters=None, seen=None, **configuration):
    name = clusters.start(clusters.compiled(unit_of(*steps, parameters=parameters), **configuration))
    return clusters.wait(name, seen)


@contextlib.contextmanager
def applied(text):
    """Objects of the namespace, meanwhile."""
    clusters.kubectl("apply", "-f", "-", text=text)
    try:
        yield
    finally:
        clusters.kubectl("delete", "--wait=false", "--ignore-not-found", "-f", "-", text=text)


@pytest.fixture(scope="module")
def tools():
    """The name of a WorkflowTemplate of somebody else's."""
    name = f"around-{uuid.uuid4().hex[:8]}"

    def script(template, source, *inputs):
        given = "".join(f"{one} = open('/tmp/{one}').read()\n" for one in inputs)
        artifacts = [
            {"name": f"a-{one}", "path": f"/tmp/{one}", "raw": {"data": f"{{{{inputs.parameters.{one}}}}}"}}
            for one in inputs
        ]
        return {
            "name": template,
            "inputs": {"parameters": [{"name": one} for one in inputs], "artifacts": artifacts},
            "outputs": {
                "parameters": [{"name": "the-score", "valueFrom": {"path": "/var/tmp/score", "default": "none"}}]
            },
            "script": {"image": clusters.IMAGE, "command": ["python"], "source": given + source},
        }

    spec = {
        "templates": [
            script("score", "open('/var/tmp/score', 'w').write(text + '|' + number)", "text", "number"),
            script("fail", "raise SystemExit('theirs is broken')"),
            {
                "name": "whole",
                "inputs": {"parameters": [{"name": "x"}]},
                "outputs": {
                    "parameters": [
                        {"name": "y", "valueFrom": {"parameter": "{{steps.inner.outputs.parameters.the-score}}"}}
                    ]
                },
                "steps": [
                    [
                        {
                            "name": "inner",
                            "template": "score",
                            "arguments": {
                                "parameters": [
                                    {"name": "text", "value": "{{inputs.parameters.x}}"},
                                    {"name": "number", "value": "1"},
                                ]
                            },
                        }
                    ]
                ],
            },
            {"name": "nothing", "suspend": {"duration": "0s"}},
        ]
    }
    item = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "WorkflowTemplate",
        "metadata": {"name": name},
        "spec": spec,
    }
    with applied(json.dumps(item)):
        yield name


def score(tools, name="score", **options):
    arguments = {"text": "a " + param("text"), "number": param("number")}
    given = {"entrypoint": "score", "arguments": arguments, "returns": {"score": "the-score"}, **options}
    return TemplateTask(name=name, template=tools, **given)


def test_a_template_of_others_gets_values_and_gives_one_and_its_pod_has_nothing_of_ours(tools):
    each = score(tools).as_pipeline()
    last = ShellTask(name="last", command='export all="$score"', returns=["all"])
    steps = [Map(name="each", branch=each, iterate_on="texts", iterate_as="text"), last]
    pods = []

    def look(status):
        found = api.request("GET", f"api/v1/namespaces/{clusters.NAMESPACE}/pods")["items"]
        names = {node["id"] for node in status["nodes"].values() if node["type"] == "Pod"}
        pods.extend(
            p for p in found if p["metadata"].get("annotations", {}).get("workflows.argoproj.io/node-id") in names
        )

    ended = finished(*steps, parameters={"texts": [VALUE, "b"], "number": [1, 2]}, seen=look)
    assert ended.phase == "Succeeded", [one.get("message") for one in ended.nodes.values()]
    (last,) = [one for one in ended.pods if one["displayName"] == "last"]
    assert last["outputs"]["parameters"][0]["value"] == json_line(all=[f"a {VALUE}|[1,2]", "a b|[1,2]"])
    theirs = [p for p in pods if "runnable_runtime" not in str(p["spec"])]
    assert len(theirs) == 2
    for pod in theirs:
        (main,) = [one for one in pod["spec"]["containers"] if one["name"] == "main"]
        assert not [one["name"] for one in main["env"] if one["name"].startswith(("RUNNABLE_", "AWS_"))]
        assert not main.get("securityContext", {}).get("readOnlyRootFilesystem")


def json_line(**values):
    from runnable_runtime.values.parameters import encode

    return encode(values)


def test_a_template_of_others_of_several_steps_is_one_step_here(tools):
    whole = TemplateTask(name="whole", template=tools, entrypoint="whole", arguments={"x": 7}, returns=["y"])
    use = ShellTask(name="use", command='export got="$y"', returns=["got"])
    shown = {}
    name = clusters.start(clusters.compiled(unit_of(whole, use)))

    def look(status):
        path = f"{clusters.WORKFLOWS}/namespaces/{clusters.NAMESPACE}/workflows/{name}"
        shown.update(view(api.request("GET", path)).steps)

    ended = clusters.wait(name, look)
    assert ended.phase == "Succeeded"
    (use,) = [one for one in ended.pods if one["displayName"] == "use"]
    assert use["outputs"]["parameters"][0]["value"] == json_line(got="7|1")
    assert {path: str(step.phase) for path, step in shown.items()} == {"whole": "succeeded", "use": "succeeded"}


@pytest.mark.parametrize(
    ("options", "parameters", "message"),
    [
        ({"entrypoint": "fail", "arguments": {}}, {}, "Error (exit code 1)"),
        ({"entrypoint": "nothing", "arguments": {}}, {}, "it has left no output parameter the-score"),
        ({}, {"text": "{{workflow.name}}", "number": 1}, "the argument text has a value that"),
        ({}, {"text": "x" * 40_000, "number": 1}, "the argument text has a value that"),
    ],
)
def test_what_of_a_template_of_others_fails_is_a_failure_of_the_step(tools, options, parameters, message):
    handler = Pipeline(steps=[ShellTask(name="handler", command="true")])
    ended = finished(score(tools, on_failure=handler, **options), parameters=parameters)
    assert ended.phase == "Succeeded"
    assert "handler" in {one["displayName"] for one in ended.pods}
    assert any(message in one.get("message", "") for one in ended.nodes.values())


@pytest.fixture(scope="module")
def account():
    """An account whose workflows may have Argo's agent, with the rights that the chart gives it."""
    name = f"around-{uuid.uuid4().hex[:8]}"
    values = {"serviceAccount.name": name, "httpTasks.enabled": "true", "httpTasks.secrets": f"{{{name}}}"}
    options = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
    text = namespaces.helm("template", name, namespaces.CHART, "-n", clusters.NAMESPACE, *options).stdout
    kept = {"ServiceAccount", "Role", "RoleBinding", "Secret"}
    objects = [one for one in yaml.safe_load_all(text) if one and one["kind"] in kept]
    token = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"header": "Bearer abc"}}
    with applied(yaml.safe_dump_all([*objects, token])):
        yield name


def test_requests_are_sent_by_argos_agent(account):
    with Server(clusters.address()) as server:
        ask = HttpTask(
            name="ask",
            url=server.url + param("city"),
            method="POST",
            headers={"X-City": "in " + param("city"), "Authorization": secret("TOKEN")},
            body=param("order"),
            returns=["answer"],
            timeout=30,
        )
        gone = HttpTask(
            name="gone",
            url=server.url,
            success="response.body contains 'yes'",
            on_failure=Pipeline(steps=[ShellTask(name="handler", command="true")]),
        )
        use = ShellTask(name="use", command='export got="$answer"', returns=["got"])
        started = clusters.compiled(
            unit_of(ask, use, gone, parameters={"city": "Oslo", "order": {"a": [1, "é", {"b": {}}]}}),
            serviceAccount=account,
            secrets={"TOKEN": f"{account}/header"},
        )
        ended = clusters.wait(clusters.start(started))
    assert ended.phase == "Succeeded", [one.get("message") for one in ended.nodes.values()]
    (use,) = [one for one in ended.pods if one["displayName"] == "use"]
    assert use["outputs"]["parameters"][0]["value"] == json_line(got={"x": 1.5})
    posted, *others = server.requests
    assert posted[:2] == ("POST", "/Oslo")
    assert (posted[2]["X-City"], posted[2]["Authorization"]) == ("in Oslo", "Bearer abc")
    assert posted[3] == '{"a":[1,"\\u00e9",{"b":{}}]}'
    assert [one[0] for one in others] == ["GET"]
    assert "handler" in {one["displayName"] for one in ended.pods}


def test_the_example_of_requests_ends_as_it_does_here_and_takes_the_pods_of_its_plan(account, monkeypatch):
    with served(f"{clusters.address()}:0") as server:
        monkeypatch.setenv("RUNNABLE_PRM_server", server)
        built = clusters.built_example(ROOT / "examples" / "27-requests" / "rates.py")
        record, _ = clusters.recorded_here(built)
        name = clusters.start(clusters.compiled(built, serviceAccount=account))
        pods = pods_until_the_end(name)
        ended = clusters.wait(name)
    assert ended.phase == "Succeeded", [one.get("message") for one in ended.nodes.values()]
    assert ended.outputs()["tell"] == record.steps["tell"].outputs == {"lines": 2}
    planned = clusters.planned(built, serviceAccount=account)
    assert (planned.pods, planned.agent, planned.theirs) == (Times(4, 4), ONCE, ())
    agents = [one for one in pods if one.endswith("-agent")]
    assert (len(pods), len(agents)) == (planned.pods.least, planned.agent.least), pods
    scenario = Scenario(target="argo", like=record, try_variants=False)
    configuration = Configuration("", {"pipeline-executor": Section("argo", {"image": clusters.IMAGE})})
    assert simulation(built, configuration, scenario).simulated.pods == len(pods)


def pods_until_the_end(name):
    """The names of all pods that a workflow has had when it has ended; Argo's agent is in no status."""
    found = set()
    query = {"labelSelector": f"workflows.argoproj.io/workflow={name}"}
    while clusters.status(name).get("phase") not in ("Succeeded", "Failed", "Error"):
        listed = api.request("GET", f"api/v1/namespaces/{clusters.NAMESPACE}/pods", **query)["items"]
        found |= {one["metadata"]["name"] for one in listed}
        time.sleep(0.3)
    return found


def test_a_schedule_starts_workflows_until_it_stops_by_itself():
    configuration = {
        "cronSchedule": {
            "schedules": ["@every 5s"],
            "timezone": "Europe/Oslo",
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 30,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 0,
            "when": "{{= cronworkflow.lastScheduledTime == nil || cronworkflow.succeeded < 5 }}",
            "stopStrategy": {"expression": "cronworkflow.succeeded >= 1"},
        }
    }
    built = unit_of(Stub(name="a"))
    text = clusters.compiled(built, kind="WorkflowTemplate", **configuration)
    name = next(one["metadata"]["name"] for one in yaml.safe_load_all(text))
    path = f"{clusters.WORKFLOWS}/namespaces/{clusters.NAMESPACE}/cronworkflows/{name}"
    with applied(text):
        end = time.monotonic() + 180
        status = {}
        while status.get("phase") != "Stopped":
            assert time.monotonic() < end, status
            time.sleep(1)
            status = api.request("GET", path).get("status") or {}
        assert status["succeeded"] >= 1
        assert not status.get("failed")
        assert not [one for one in status.get("conditions") or () if one["type"].endswith("Error")]


@pytest.mark.takes(80)
def test_pods_send_spans_which_are_in_one_trace():
    with Collector(clusters.address()) as collector:
        steps = [ShellTask(name="a", command='export seen="$TRACEPARENT"', returns=["seen"])]
        steps += [ShellTask(name="b", command="exit 3", retry=1)]
        ended = finished(*steps, env={"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
        spans = collector.wait(3)
    if not spans:
        pytest.skip("the image has no SDK of OpenTelemetry")
    assert sorted((one.name, one.attributes["runnable.attempt"], one.failed) for one in spans) == [
        ("attempt a", 1, False),
        ("attempt b", 1, True),
        ("attempt b", 2, True),
    ]
    assert {one.trace for one in spans} == {spans[0].trace}
    assert {one.attributes["runnable.run"] for one in spans} == {ended.name}
    assert ended.phase == "Failed"
    (own,) = [one for one in spans if one.name == "attempt a"]
    assert f"-{own.trace}-{own.own}-" in ended.outputs()["a"]["seen"]


def test_the_example_ends_as_it_does_here():
    text = (
        (ROOT / "examples" / "24-templates" / "risk-tools.yaml").read_text().replace("python:3.11-slim", clusters.IMAGE)
    )
    with applied(text.replace("/tmp/score", "/var/tmp/score")):
        built = clusters.built_example(ROOT / "examples" / "24-templates" / "score.py")
        ended = clusters.wait(clusters.start(clusters.compiled(built)))
    assert ended.phase == "Succeeded", [one.get("message") for one in ended.nodes.values()]
    (last,) = [one for one in ended.pods if one["displayName"] == "decide"]
    assert last["outputs"]["parameters"][0]["value"] == json_line(verdict="accepted")
    planned = clusters.planned(built)
    assert (planned.pods, planned.theirs) == (Times(2, 2), ("score",))
    assert len(ended.pods) == planned.pods.least + 1  # theirs


def test_a_pod_continues_the_trace_that_argos_controller_makes(monkeypatch):
    """By a controller of its own, which sends its spans to the same collector."""
    with Collector(clusters.address()) as collector, namespaces.namespace() as name:
        namespaces.helm("install", "chart", namespaces.CHART, "-n", name, "--set", "serviceAccount.name=pipelines")
        variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}
        with monkeypatch.context() as patched:
            for variable, value in variables.items():
                patched.setenv(variable, value)
            controller = namespaces.controller(name)
            started = controller.__enter__()
        try:
            if started is None:
                pytest.skip("the cluster's controller makes no spans")
            monkeypatch.setattr(clusters, "NAMESPACE", name)
            monkeypatch.setattr(clusters, "SERVICE_ACCOUNT", "pipelines")
            ended = finished(ShellTask(name="a", command="true"), env=variables)
            assert ended.phase == "Succeeded"
            end = time.monotonic() + 60
            while len({one.service for one in collector.spans}) < 2 and time.monotonic() < end:
                time.sleep(0.5)
        finally:
            controller.__exit__(None, None, None)
    ours = [one for one in collector.spans if one.name == "attempt a"]
    if not ours:
        pytest.skip("the image has no SDK of OpenTelemetry")
    theirs = {one.own: one for one in collector.spans if one.service != "runnable"}
    (own,) = ours
    assert own.trace in {one.trace for one in theirs.values()}
    assert own.parent in theirs, [(one.name, one.own, one.parent) for one in theirs.values() if one.trace == own.trace]


def test_a_workflow_that_a_sensor_creates_has_the_events_values_with_their_types():
    """What Argo Events does is done here: it puts texts into the workflow of the trigger, and creates that."""
    declared = [
        Parameter(name="amount", type=int),
        Parameter(name="order", type=dict),
        Parameter(name="customer", type=str),
    ]
    use = ShellTask(name="use", command='export got="$customer|$amount|$order"', returns=["got"])
    unit = build(Pipeline(name="p", parameters=declared, steps=[use]), __file__)
    assert not unit.diagnostics
    values = {"amount": "3", "order": '{"a":[1,"{{workflow.name}}"]}', "customer": "{{workflow.name}} $(HOME) 007"}
    events = {
        "serviceAccount": "starter",
        "triggers": {"posted": {"webhook": {"endpoint": "/"}, "parameters": {name: f"body.{name}" for name in values}}},
    }
    text = clusters.compiled(give(unit, values={}, variables=False), kind="WorkflowTemplate", events=events)
    template, _, sensor = yaml.safe_load_all(text)
    create = sensor["spec"]["triggers"][0]["template"]["k8s"]
    workflow = create["source"]["resource"]
    for one in create["parameters"]:
        *_, number, _ = one["dest"].split(".")
        given = workflow["spec"]["arguments"]["parameters"][int(number)]
        given["value"] = values[one["src"]["dataKey"].removeprefix("body.")]
    with applied(json.dumps(template)):
        ended = clusters.wait(clusters.start(json.dumps(workflow)))
    assert ended.phase == "Succeeded", [one.get("message") for one in ended.nodes.values()]
    order = '{"a": [1, "{{workflow.name}}"]}'
    assert ended.outputs()["use"] == {"got": f"{values['customer']}|3|{order}"}
