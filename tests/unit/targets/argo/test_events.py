"""Events as an EventSource and a Sensor; what is wrong with them is found when the pipeline is compiled."""

from __future__ import annotations

import pytest

from runnable import Parameter, Pipeline, PythonTask
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.frontend.build import build
from runnable.frontend.giving import give
from runnable.manifests.changes import compare
from runnable.manifests.kustomize import base
from runnable.manifests.outline import outline
from runnable.targets.target import Document
from tests.support.argo_programs import compile_all, compile_text
from tests.support.manifests import problems, read

PARAMETERS = [
    Parameter(name="order", type=dict),
    Parameter(name="copies", type=int, default=2),
    Parameter(name="when", type=str, default=""),
]


def take(order: dict, copies: int, when: str) -> None:
    pass


def unit(parameters=PARAMETERS):
    found = build(
        Pipeline(name="orders", parameters=parameters, steps=[PythonTask(name="take", function=take)]), __file__
    )
    assert not found.diagnostics
    return give(found, values={}, variables=False)


def compiled(on, **more):
    events = {"serviceAccount": "starter", "triggers": on}
    kind = more.pop("kind", None)
    return compile_all(unit().program, configuration={"events": events, **more}, name="orders", kind=kind)


WEBHOOK = {"webhook": {"endpoint": "/orders"}, "parameters": {"order": "body.order", "copies": "body.copies"}}


def test_a_webhook_starts_a_workflow_of_the_template_with_what_it_was_sent():
    template, source, sensor = compiled({"new-order": WEBHOOK}, namespace="pipelines", labels={"team": "a"})
    assert problems(template) == []
    assert source == {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "EventSource",
        "metadata": {"name": "orders-webhook", "namespace": "pipelines", "labels": {"team": "a"}},
        "spec": {
            "service": {"ports": [{"port": 12000, "targetPort": 12000}]},
            "webhook": {"new-order": {"port": "12000", "endpoint": "/orders", "method": "POST"}},
        },
    }
    assert sensor["kind"] == "Sensor"
    assert sensor["spec"]["template"] == {"serviceAccountName": "starter"}
    assert sensor["spec"]["dependencies"] == [
        {"name": "new-order", "eventSourceName": "orders-webhook", "eventName": "new-order"}
    ]
    (trigger,) = sensor["spec"]["triggers"]
    create = trigger["template"]["k8s"]
    workflow = create["source"]["resource"]
    assert workflow["metadata"] == {"generateName": "orders-"}
    assert workflow["spec"]["workflowTemplateRef"] == {"name": "orders"}
    assert workflow["spec"]["arguments"]["parameters"] == [
        {"name": "order", "value": ""},
        {"name": "copies", "value": "2"},
    ]
    assert create["parameters"] == [
        {
            "src": {"dependencyName": "new-order", "dataKey": "body.order"},
            "dest": "spec.arguments.parameters.0.value",
        },
        {
            "src": {"dependencyName": "new-order", "dataKey": "body.copies", "value": "2"},
            "dest": "spec.arguments.parameters.1.value",
        },
    ]


def test_what_is_sent_arrives_with_the_declared_type():
    text = compile_text(
        unit().program, configuration={"events": {"serviceAccount": "s", "triggers": {"new-order": WEBHOOK}}}
    )
    assert "workflow.parameters['copies'],'int'" in text


def test_each_kind_of_event_has_its_source():
    sources = {
        "dropped": {
            "s3": {
                "bucket": "in",
                "endpoint": "s3.example.com",
                "prefix": "orders/",
                "suffix": ".json",
                "credentialsSecret": "s3-credentials",
            },
            "parameters": {"order": "notification.0.s3.object"},
        },
        "queued": {
            "kafka": {"url": "kafka:9092", "topic": "orders", "group": "runs"},
            "parameters": {"order": "body"},
        },
        "said": {"nats": {"url": "nats://nats:4222", "subject": "orders"}, "parameters": {"order": "body"}},
        "monthly": {
            "calendar": {"schedule": "0 6 1 * *", "timezone": "Europe/Oslo"},
            "parameters": {"order": "metadata", "when": "eventTime"},
        },
        "theirs": {"source": {"name": "github", "event": "push"}, "parameters": {"order": "body"}},
    }
    _, *found, sensor = compiled(sources)
    events = {one["metadata"]["name"]: one["spec"] for one in found}
    assert events["orders-s3"]["minio"]["dropped"] == {
        "bucket": {"name": "in"},
        "endpoint": "s3.example.com",
        "events": ["s3:ObjectCreated:*"],
        "filter": {"prefix": "orders/", "suffix": ".json"},
        "accessKey": {"name": "s3-credentials", "key": "AWS_ACCESS_KEY_ID"},
        "secretKey": {"name": "s3-credentials", "key": "AWS_SECRET_ACCESS_KEY"},
    }
    assert events["orders-kafka"]["kafka"]["queued"]["consumerGroup"] == {"groupName": "runs"}
    assert events["orders-nats"]["nats"]["said"] == {
        "url": "nats://nats:4222",
        "subject": "orders",
        "jsonBody": True,
    }
    assert events["orders-calendar"]["calendar"]["monthly"] == {"schedule": "0 6 1 * *", "timezone": "Europe/Oslo"}
    named = {one["name"]: (one["eventSourceName"], one["eventName"]) for one in sensor["spec"]["dependencies"]}
    assert (named["theirs"], named["said"]) == (("github", "push"), ("orders-nats", "said"))
    assert [one["template"]["conditions"] for one in sensor["spec"]["triggers"]] == list(sources)


def test_a_template_of_the_cluster_is_referred_to_as_such():
    *_, sensor = compiled({"new-order": WEBHOOK}, kind="ClusterWorkflowTemplate")
    workflow = sensor["spec"]["triggers"][0]["template"]["k8s"]["source"]["resource"]
    assert workflow["spec"]["workflowTemplateRef"] == {"name": "orders", "clusterScope": True}


def test_a_single_run_and_no_events_have_nothing_of_it():
    assert [one["kind"] for one in compiled({"new-order": WEBHOOK}, kind="Workflow")] == ["Workflow"]
    with pytest.raises(DefinitionError, match="events start workflows of a template"):
        compiled({"new-order": WEBHOOK}, kind="CronWorkflow", schedules=["@daily"])


@pytest.mark.parametrize(
    ("on", "reason"),
    [
        ({}, "at least 1"),
        ({"New": WEBHOOK}, "small letters"),
        ({"a": {"parameters": {"order": "body"}}}, "one of source, webhook, s3, kafka, nats, calendar is needed"),
        ({"a": {**WEBHOOK, "nats": {"url": "u", "subject": "s"}}}, "one of source, webhook"),
        ({"a": {**WEBHOOK, "parameters": {"order": "body", "colour": "x"}}}, "colour"),
        ({"a": {**WEBHOOK, "parameters": {}}}, "the parameter 'order' has no value, and this event gives it none"),
        ({"a": {**WEBHOOK, "parameters": {"order": "body..x"}}}, "the path of a value in the event"),
        ({"a": {"calendar": {}, "parameters": {"order": "x"}}}, "one of schedule and interval is needed"),
        ({"a": {"calendar": {"schedule": "61 * * * *"}, "parameters": {"order": "x"}}}, "as the minute"),
        ({"a": {"kafka": {"url": "u", "topic": "t"}, "parameters": {"order": "x"}}}, "one of group and partition"),
        ({"a": {"webhook": {"endpoint": "orders"}, "parameters": {"order": "x"}}}, "begins with /"),
    ],
)
def test_what_is_wrong_with_an_event_is_a_mistake_of_the_configuration(on, reason):
    with pytest.raises(ConfigurationError) as error:
        compiled(on)
    assert reason in str(error.value)


def test_diff_shows_what_starts_workflows():
    old = outline(compiled({"new-order": WEBHOOK}))
    changed = {**WEBHOOK, "webhook": {"endpoint": "/all"}}
    (change,) = compare(old, outline(compiled({"new-order": changed})))
    assert (change.what, change.name, change.old, change.new) == (
        "event",
        "EventSource.webhook.new-order.endpoint",
        "/orders",
        "/all",
    )


def test_kustomize_knows_the_names_that_a_sensor_refers_to():
    configuration = {"events": {"serviceAccount": "starter", "triggers": {"new-order": WEBHOOK}}}
    text = compile_text(unit().program, configuration=configuration, name="orders")
    files = {one.file_name: one.text for one in base([Document("orders.yaml", text)], "")}
    (config,) = read(files["kustomizeconfig.yaml"])
    named = {one["kind"]: one["fieldSpecs"] for one in config["nameReference"]}
    assert named["EventSource"] == [{"kind": "Sensor", "path": "spec/dependencies/eventSourceName"}]
    assert any(one["kind"] == "Sensor" for one in named["WorkflowTemplate"])
    without = {one.file_name: one.text for one in base([Document("a.yaml", compile_text(unit().program))], "")}
    assert "Sensor" not in without["kustomizeconfig.yaml"]
