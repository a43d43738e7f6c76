"""What runs at the end, as the exit handler of a workflow; what a controller makes of it, the cluster tier shows."""

from __future__ import annotations

from dataclasses import replace

from runnable import Parallel, Pipeline, ShellTask, command, secret, webhook
from runnable.frontend.build import build
from runnable.targets.argo.limits import Limits
from runnable.targets.argo.reading.nodes import StepPaths
from tests.support.argo_programs import arguments, compile_all, compile_one, tasks, templates
from tests.support.manifests import all_problems, problems, workflow_spec


def shell(name, text="true", **options):
    return ShellTask(name=name, command=text, **options)


def pipeline(**options):
    steps = [shell("a", returns=[]), shell("b", 'echo "$status"')]
    return build(Pipeline(name="p", steps=steps, **options), __file__).program


def handler():
    both = Parallel(
        name="both", branches={"x": Pipeline(steps=[shell("x1"), shell("x2")]), "y": shell("y1").as_pipeline()}
    )
    return Pipeline(steps=[shell("first", "export n=1", returns=["n"]), both])


def compiled(**options):
    document = compile_one(pipeline(**options))
    assert problems(document) == []
    return document["spec"], templates(document)


def test_the_templates_of_the_pipeline_are_those_that_it_has_without_an_end():
    spec, found = compiled(on_exit=handler(), notify=[command("true", on="always")])
    plain, before = compiled()
    assert spec["onExit"] == "exit"
    assert "onExit" not in plain
    assert found["main"] == before["main"]  # its shells, which read all that there is, are told nothing of the end
    assert spec.get("arguments") == plain.get("arguments")


def test_the_exit_handler_succeeds_however_its_members_end():
    _, found = compiled(on_exit=handler(), notify=[command("true")])
    exit_tasks = tasks(found["exit"])
    assert list(exit_tasks) == ["told", "on-exit", "notify", "end"]
    ways = [
        f"({name}.Succeeded || {name}.Failed || {name}.Errored || {name}.Omitted)" for name in ("on-exit", "notify")
    ]
    assert exit_tasks["end"]["depends"] == " && ".join(ways)
    assert exit_tasks["end"]["template"] == "stub"
    assert found["exit"]["dag"]["failFast"] is False


def test_facts_are_looked_up_once_and_only_those_that_are_read():
    _, found = compiled(on_exit=shell("only").as_pipeline())
    assert str(found).count("workflow.failures") == 1
    told = arguments(tasks(found["exit"])["told"])["in"]
    assert [line[:20] for line in told.splitlines()] == [
        '{"run_id":"{{workflo',
        """{{='{"status":"' + (""",
        """{{='{"failures":' + """,
        """{{='{"duration":' + """,
    ]
    assert tasks(found["exit"])["on-exit-only"]["depends"] == "told.Succeeded"


def test_a_secret_is_named_and_not_written():
    document = compile_one(
        pipeline(notify=[webhook(secret("HOOK_URL"))]), configuration={"secrets": {"HOOK_URL": "hooks/url"}}
    )
    (pod,) = [one for one in document["spec"]["templates"] if one["name"].startswith("python")]
    assert {"name": "HOOK_URL", "valueFrom": {"secretKeyRef": {"name": "hooks", "key": "url"}}} in pod["container"][
        "env"
    ]


def test_the_steps_at_the_end_are_read_back():
    document = compile_one(pipeline(on_exit=handler(), notify=[command("true", on="always")]))
    workflow = {"metadata": {"name": "p-1"}, "spec": document["spec"]}
    found = [step.path for step in StepPaths(workflow, {}).of_manifest()]
    assert found == [
        "a",
        "b",
        "on_exit",
        "on_exit.first",
        "on_exit.both",
        "on_exit.both.x",
        "on_exit.both.x.x1",
        "on_exit.both.x.x2",
        "on_exit.both.y.y1",
        "notify",
        "notify.succeeded",
        "notify.succeeded.command",
        "notify.failed",
        "notify.failed.command",
    ]


def test_nodes_of_the_exit_handler_are_its_steps():
    document = compile_one(pipeline(on_exit=handler()))
    workflow = {"metadata": {"name": "p-1"}, "spec": document["spec"]}
    nodes = {
        one["id"]: {"type": "DAG", **one}
        for one in (
            {"id": "p-1", "name": "p-1"},
            {"id": "p-1-7", "name": "p-1.onExit", "displayName": "p-1.onExit"},
            {"id": "p-1-8", "name": "p-1.onExit.on-exit", "displayName": "on-exit", "boundaryID": "p-1-7"},
            {"id": "p-1-9", "displayName": "first", "boundaryID": "p-1-8", "type": "Pod"},
            {"id": "p-1-10", "displayName": "told", "boundaryID": "p-1-7"},
            {"id": "p-1-12", "displayName": "nothing", "boundaryID": "p-1-10", "type": "Suspend"},
            {"id": "p-1-11", "displayName": "end", "boundaryID": "p-1-7", "type": "Suspend"},
        )
    }
    paths = StepPaths(workflow, nodes)
    found = {name: [step.path for step in paths.of_node(node)] for name, node in nodes.items()}
    assert {name: steps for name, steps in found.items() if steps} == {"p-1-8": ["on_exit"], "p-1-9": ["on_exit.first"]}


def test_a_split_pipeline_has_an_exit_handler_of_its_own_too():
    *parts, main = compile_all(pipeline(on_exit=handler(), notify=[command("true")]), limits=Limits(templates=4))
    assert all_problems([*parts, main]) == []
    spec = workflow_spec(main)
    entry = {one["name"]: one for one in spec["templates"]}[spec["onExit"]]
    (called,) = entry["dag"]["tasks"]
    home = {p["metadata"]["name"]: {t["name"] for t in p["spec"]["templates"]} for p in parts}
    assert called["templateRef"]["template"] in home[called["templateRef"]["name"]]
    every = [one for part in (*parts, main) for one in workflow_spec(part)["templates"]]
    workflow = {"metadata": {"name": "p-1"}, "spec": {**spec, "templates": every}}
    found = [step.path for step in StepPaths(workflow, {}).of_manifest()]
    assert found[:4] == ["a", "b", "on_exit", "on_exit.first"]


def test_a_cron_workflow_has_it_too():
    program = replace(pipeline(notify=[command("true")]), name="nightly")
    document = compile_one(program, kind="CronWorkflow", configuration={"schedules": ["0 3 * * *"]})
    assert problems(document) == []
    assert workflow_spec(document)["onExit"] == "exit"
