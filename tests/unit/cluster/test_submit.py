"""What a workflow is made of, from a template or from compiled objects, and which parameters it takes."""

import pytest

from runnable.cluster.submit import read_parameters, submit_objects, submit_template
from runnable.diagnostics.codes.cluster import NotInCluster
from runnable.diagnostics.errors import ClusterError


class Stored:
    """A namespace with some objects; what is created or applied in it is kept."""

    def __init__(self, *items):
        self.namespace = "here"
        self.items = {(item["kind"], item["metadata"]["name"]): item for item in items}
        self.created, self.applied = [], []

    def get(self, kind, name):
        if (kind, name) not in self.items:
            raise ClusterError([NotInCluster(kind=kind, name=name, namespace="here")])
        return self.items[kind, name]

    def create(self, item):
        self.created.append(item)
        return item

    def apply(self, item):
        self.applied.append(item)
        self.items[item["kind"], item["metadata"]["name"]] = item
        return item


def template(name="daily", kind="WorkflowTemplate", **values):
    parameters = [{"name": key, **({} if value is None else {"value": value})} for key, value in values.items()]
    spec = {"entrypoint": "main", "templates": [], "arguments": {"parameters": parameters}}
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def test_a_template_is_run_by_reference_with_the_parameters_that_are_given():
    stored = Stored(template(x="1", y="2"))
    submit_template(stored, "daily", {"x": "5"})
    (made,) = stored.created
    assert made["kind"] == "Workflow"
    assert made["metadata"]["generateName"] == "daily-"
    assert made["metadata"]["labels"] == {"workflows.argoproj.io/workflow-template": "daily"}
    assert made["spec"] == {
        "workflowTemplateRef": {"name": "daily"},
        "arguments": {"parameters": [{"name": "x", "value": "5"}]},
    }


def test_a_template_of_the_cluster_and_a_cron_workflow_can_be_named_too():
    cron = {
        "kind": "CronWorkflow",
        "metadata": {"name": "nightly"},
        "spec": {
            "schedules": ["@daily"],
            "workflowMetadata": {"labels": {"team": "a"}},
            "workflowSpec": {"workflowTemplateRef": {"name": "daily"}},
        },
    }
    stored = Stored(template(kind="ClusterWorkflowTemplate"), template(x="1"), cron)
    submit_template(stored, "clusterworkflowtemplate/daily", {})
    submit_template(stored, "cronwf/nightly", {"x": "2"})
    first, second = stored.created
    assert first["spec"]["workflowTemplateRef"] == {"name": "daily", "clusterScope": True}
    assert second["metadata"]["labels"] == {"team": "a"}
    assert second["spec"]["arguments"]["parameters"] == [{"name": "x", "value": "2"}]


@pytest.mark.parametrize(
    ("wanted", "given", "said"),
    [
        ("daily", {"z": "1", "y": "2"}, "reads no parameter 'z'"),
        ("daily", {}, "'y' has no value: give it with -p y="),
        ("absent", {}, "no WorkflowTemplate 'absent'"),
        ("workflow/daily", {}, "'workflow' is no kind of template"),
    ],
)
def test_what_cannot_be_submitted_is_refused_before_anything_is_made(wanted, given, said):
    stored = Stored(template(x="1", y=None))
    with pytest.raises(ClusterError, match=said):
        submit_template(stored, wanted, given)
    assert stored.created == []


def test_a_compiled_workflow_is_made_with_what_it_refers_to():
    stored = Stored()
    workflow = {"kind": "Workflow", "metadata": {"generateName": "daily-"}, "spec": template(x="1")["spec"]}
    submit_objects(stored, [template("daily-part"), workflow], {"x": "2"})
    assert [item["metadata"]["name"] for item in stored.applied] == ["daily-part"]
    (made,) = stored.created
    assert made["spec"]["arguments"]["parameters"] == [{"name": "x", "value": "2"}]
    assert workflow["spec"]["arguments"]["parameters"] == [{"name": "x", "value": "1"}]


def test_a_compiled_template_is_applied_and_run():
    stored = Stored()
    cron = {"kind": "CronWorkflow", "metadata": {"name": "daily"}, "spec": {"workflowSpec": {}}}
    submit_objects(stored, [template(), cron], {})
    assert [item["kind"] for item in stored.applied] == ["WorkflowTemplate"]
    assert stored.created[0]["spec"]["workflowTemplateRef"] == {"name": "daily"}


def test_values_are_written_as_the_kinds_of_declared_parameters_say():
    spec = {
        "entrypoint": "main",
        "arguments": {
            "parameters": [
                {"name": "version"},
                {"name": "size", "enum": ["s", "l"]},
                {"name": "rows", "value": "10"},
                {"name": "plain", "value": "x"},
            ]
        },
        "templates": [
            {"in": "{{=toJson(['version',workflow.parameters['version'],'str'])}}"},
            {"in": "{{=toJson(['rows',workflow.parameters['rows'],'int'])}}"},
        ],
    }
    stored = Stored({"kind": "WorkflowTemplate", "metadata": {"name": "daily"}, "spec": spec})
    texts = {"version": '"1.10"', "size": "s", "plain": '"1.10"'}
    submit_template(stored, "daily", texts, {"version": "1.10", "plain": "1.10"})
    given = {p["name"]: p["value"] for p in stored.created[0]["spec"]["arguments"]["parameters"]}
    assert given == {"version": "1.10", "size": "s", "plain": '"1.10"'}
    with pytest.raises(ClusterError) as raised:
        submit_template(stored, "daily", {"version": "1", "size": "xl", "rows": "ten"})
    assert "'size' has choices, and 'xl' is none of them" in str(raised.value)
    assert "'rows' is declared as int, and is 'ten'" in str(raised.value)


def test_parameters_are_names_and_values():
    assert read_parameters(["a=1", "b=x=y", "c="])[0] == {"a": "1", "b": "x=y", "c": ""}
    assert read_parameters(["a=1", "a=2"])[0] == {"a": "2"}
    for wrong in (["a"], ["=1"]):
        with pytest.raises(ClusterError, match="RN805"):
            read_parameters(wrong)
