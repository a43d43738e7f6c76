"""Steps that others do as templates, and read back; what a controller makes of them, the cluster tier shows."""

from __future__ import annotations

import json

import pytest

from runnable import HttpTask, Map, Pipeline, PythonTask, ShellTask, TemplateTask, param, secret
from runnable.cluster.view import view
from runnable.frontend.build import build
from runnable.manifests.steps import read_steps
from runnable.targets import argo
from runnable.targets.argo.limits import Limits
from runnable.targets.argo.others import MANY
from runnable.targets.target import CompileRequest
from tests.support.argo_programs import arguments, compile_one, tasks, templates
from tests.support.manifests import problems

USE = ShellTask(name="use", command='echo "$score $answer"')


def city() -> str:
    return "Oslo"


FIRST = PythonTask(name="first", function=city, returns=["city"])
SCORE = TemplateTask(
    name="score",
    template="risk-tools",
    entrypoint="score",
    cluster_scope=True,
    arguments={"where": "in " + param("city"), "the-mode": "strict", "limit": 3},
    returns={"score": "total-score"},
)
ASK = HttpTask(
    name="ask",
    url="http://example.com/" + param("city"),
    method="post",
    headers={"X-City": param("city"), "Authorization": secret("TOKEN")},
    body={"a": [1]},
    success="response.statusCode in [200, 404]",
    returns=["answer"],
    timeout="1m",
    retry=2,
)


def theirs(name, template, *inputs, kind="WorkflowTemplate"):
    """An object of somebody else's."""
    given = [{"name": one} for one in inputs]
    spec = {"templates": [{"name": template, "suspend": {}, "inputs": {"parameters": given}}]}
    return {"kind": kind, "metadata": {"name": name}, "spec": spec}


THEIRS = (
    theirs("risk-tools", "score", "where", "the-mode", "limit", kind="ClusterWorkflowTemplate"),
    theirs("tools", "clean"),
    theirs("tools", "each", "x"),
)


def document(*steps, **request):
    unit = build(Pipeline(name="p", steps=list(steps)), __file__)
    assert not unit.diagnostics, [one.message for one in unit.diagnostics]
    found = compile_one(unit.program, **request)
    assert problems(found, *THEIRS) == []
    return found


def secrets(**more):
    return {"configuration": {"secrets": {"TOKEN": "tokens/header"}, **more}, "configuration_file": "c.yaml"}


def test_a_template_of_others_is_called_with_texts_and_what_it_leaves_is_a_line():
    found = templates(document(FIRST, SCORE, USE))
    spec = json.loads(arguments(tasks(found["main"])["score"])["spec"])
    assert (spec["template"], spec["returns"]) == ("risk-tools/score", ["score"])
    run = tasks(found["score"])["run"]
    assert run["templateRef"] == {"name": "risk-tools", "template": "score", "clusterScope": True}
    given = arguments(run)
    assert (given["the-mode"], given["limit"]) == ("strict", "3")
    assert "'in ' + w0" in given["where"]
    looks = tasks(found["score"])["answered"]
    assert (looks["template"], looks["depends"]) == ("stub", "run.Succeeded")
    assert tasks(found["main"])["use"]["depends"] == "score.Succeeded"


def many(number, kind=TemplateTask):
    """Steps that are all different, with values in their texts."""
    if kind is HttpTask:
        return [
            HttpTask(name=f"s{i}", url=f"http://10.0.0.1/{i}/" + param("city"), returns=[f"r{i}"])
            for i in range(number)
        ]
    arguments = {"where": "in " + param("city"), "the-mode": "strict"}
    return [
        TemplateTask(
            name=f"s{i}", template="risk-tools", entrypoint="score", cluster_scope=True,
            arguments={**arguments, "limit": f"{i} of " + param("city")}, returns={f"r{i}": "total-score"},
        )
        for i in range(number)
    ]  # fmt: skip


def whole(*steps):
    """The one object of these steps, however large."""
    unit = build(Pipeline(name="p", steps=list(steps)), __file__)
    request = CompileRequest(program=unit.program, functions=unit.functions, image="a:1")
    (found,) = argo.written(request, Limits(size=10**7, templates=10**4)).objects
    assert problems(found, *THEIRS) == []
    return found


def test_of_many_steps_one_template_makes_the_texts_and_300_fit_into_a_workflow():
    few, more = (templates(whole(FIRST, *many(number))) for number in (MANY - 1, MANY))
    assert "texts" not in few
    assert list(tasks(few["s0"])) == ["run", "answered"]
    inner = tasks(more["s7"])
    assert (inner["run"]["depends"], inner["texts"]["template"]) == ("texts.Succeeded", "texts")
    assert json.loads(arguments(inner["texts"])["pieces"]) == [
        ["the argument where", "", [["t", "in "], ["p", "city"]]],
        ["the argument limit", "", [["t", "7 of "], ["p", "city"]]],
    ]
    given = arguments(inner["run"])
    assert (given["the-mode"], given["limit"].count("v[1]"), given["where"].count("v[0]")) == ("strict", 1, 1)
    assert max(len(json.dumps(one)) for name, one in more.items() if name.startswith("s7")) < 2_000
    for kind in (TemplateTask, HttpTask):
        unit = build(Pipeline(name="p", steps=[FIRST, *many(300, kind)]), __file__)
        assert argo.compile(CompileRequest(program=unit.program, functions=unit.functions, image="a:1"))


def test_what_makes_the_texts_of_many_steps_is_no_step():
    spec = whole(FIRST, *many(MANY), USE)["spec"]
    found = read_steps(spec, spec["templates"])
    assert list(found) == ["first", *(f"s{i}" for i in range(MANY)), "use"]
    assert found["s7"]["does"] == "calls score of the ClusterWorkflowTemplate risk-tools"


def test_a_template_without_values_and_returns_needs_neither_a_condition_nor_a_look():
    clean = TemplateTask(name="clean", template="tools", entrypoint="clean")
    inner = tasks(templates(document(clean))["clean"])
    assert inner == {"run": {"name": "run", "templateRef": {"name": "tools", "template": "clean"}}}


def test_templates_of_others_are_given_nothing_that_is_for_our_pods():
    found = document(FIRST, SCORE, USE)
    assert "templateDefaults" not in found["spec"]
    own = [one["container"] for one in templates(found).values() if "container" in one]
    assert len(own) == 2
    for container in own:
        assert container["image"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert {"name": "tmp", "mountPath": "/tmp"} in container["volumeMounts"]
    usual = document(FIRST)["spec"]
    whole = {**usual["templateDefaults"]["container"], **usual["templates"][1]["container"]}
    assert own[0] == whole


def test_a_request_is_a_template_of_argos_agent():
    found = templates(document(FIRST, ASK, USE, **secrets()))
    http = found["http"]
    assert http["http"] == {
        "method": "POST",
        "url": "{{inputs.parameters.url}}",
        "headers": [
            {"name": "X-City", "value": "{{inputs.parameters.header-1}}"},
            {"name": "Content-Type", "value": "application/json"},
            {"name": "Authorization", "valueFrom": {"secretKeyRef": {"name": "tokens", "key": "header"}}},
        ],
        "body": '{"a": [1]}',
        "successCondition": "response.statusCode in [200, 404]",
        "timeoutSeconds": 60,
    }
    assert http["retryStrategy"]["limit"] == "2"
    assert set(arguments(tasks(found["ask"])["run"])) == {"url", "header-1"}
    assert "outputs?.result" in found["ask"]["outputs"]["parameters"][0]["valueFrom"]["expression"]


def test_the_patch_of_pods_is_not_for_the_agent():
    usual = document(FIRST)["spec"]
    found = document(FIRST, ASK, **secrets())
    assert "podSpecPatch" in usual
    assert "podSpecPatch" not in found["spec"]
    (own,) = [one for one in templates(found).values() if "container" in one]
    assert json.loads(own["podSpecPatch"]) == json.loads(usual["podSpecPatch"])


def test_a_secret_of_a_request_has_to_be_placed():
    from runnable.diagnostics.errors import ConfigurationError

    with pytest.raises(ConfigurationError, match="TOKEN"):
        document(FIRST, ASK)


def test_diff_and_status_know_the_steps():
    found = document(FIRST, SCORE, ASK, USE, **secrets())
    steps = read_steps(found["spec"], found["spec"]["templates"])
    assert list(steps) == ["first", "score", "ask", "use"]
    score = steps["score"]
    assert score["does"] == "calls score of the ClusterWorkflowTemplate risk-tools"
    assert score["returns"] == "score from total-score"
    assert "limit='3'" in score["arguments"]
    ask = steps["ask"]
    assert ask["does"] == "POST http://example.com/param(city)"
    assert (ask["http.timeoutSeconds"], ask["retryStrategy.limit"]) == ("60", "2")


TIMES = {"startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:01Z"}


def nodes(*made):
    """Nodes of a status: the display name, the type, the boundary and the rest of each."""
    found = {"p-1": {"id": "p-1", "name": "p-1", "displayName": "p-1", "type": "DAG", "phase": "Failed"}}
    for number, (name, kind, boundary, more) in enumerate(made, 1):
        at = f"p-1-{number}"
        found[at] = {
            "id": at,
            "displayName": name,
            "type": kind,
            "boundaryID": boundary,
            "phase": "Failed",
            **TIMES,
            **more,
        }
    return found


def test_what_is_inside_of_a_template_of_others_is_no_step_and_its_failure_is_the_steps():
    found = document(FIRST, SCORE, USE)
    status = nodes(
        ("score", "DAG", "p-1", {}),
        ("run", "Steps", "p-1-1", {"message": "child 'p-1-3' failed"}),
        ("score", "Pod", "p-1-2", {"templateName": "use"}),
    )
    workflow = {
        "metadata": {"name": "p-1", "namespace": "here"},
        "spec": found["spec"],
        "status": {"phase": "Failed", "nodes": status},
    }
    shown = view(workflow).steps
    assert list(shown) == ["first", "score", "use"]
    assert (str(shown["score"].phase), shown["score"].message) == ("failed", "child 'p-1-3' failed")


def test_in_a_map_each_item_is_called_with_its_own_value():
    each = TemplateTask(name="score", template="tools", entrypoint="each", arguments={"x": param("x")}, returns=["y"])
    total = ShellTask(name="total", command='echo "$y"')
    steps = [Map(name="m", branch=each.as_pipeline(), iterate_on="xs", iterate_as="x"), total]
    unit = build(Pipeline(name="p", steps=steps), __file__)
    from runnable.frontend.giving import give

    found = compile_one(give(unit, values={"xs": ["a", "b"]}, variables=False).program)
    assert problems(found, *THEIRS) == []
    assert "'x'" in arguments(tasks(templates(found)["m-score"])["run"])["x"]
