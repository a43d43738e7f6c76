"""What holds for the manifest of any pipeline."""

import itertools
import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runnable.ir.nodes import Edge, Graph, Nothing, On, Program, Task
from runnable.ir.walk import tasks as all_tasks
from runnable.targets.argo.limits import Limits
from tests.support.argo_programs import (
    chain,
    compile_all,
    compile_text,
    fan_out,
    fused,
    loop,
    parallel,
    python,
    shell,
    stub,
    switch,
)
from tests.support.argo_simulator import SUCCEEDED, Simulator
from tests.support.manifests import all_problems, problems, read, workflow_spec

PARAMETERS = {"x": 1, "y-z": "text {{=1+1}}", "w": {"k": [1, "{{workflow.name}}"]}}
NAMES = ["x", "y-z", "w"]
step_names = st.text(st.sampled_from("aB1 _-"), min_size=1, max_size=4).map(lambda text: f"s{text}")


@st.composite
def steps(draw, depth):
    """The steps of a pipeline, with unique names."""
    found = []
    for name in draw(st.lists(step_names, min_size=1, max_size=4, unique=True)):
        kind = draw(st.sampled_from(["python", "python", "stub", "parallel"] if depth else ["python", "stub"]))
        if kind == "stub":
            found.append(stub(name))
        elif kind == "python":
            reads = draw(st.lists(st.sampled_from(NAMES), unique=True))
            returns = draw(st.lists(st.sampled_from(["x", "w"]), unique=True))
            found.append(python(name, reads=" ".join(reads), returns=" ".join(returns)))
        else:
            branches = draw(st.dictionaries(step_names, steps(depth - 1), min_size=1, max_size=3))
            found.append(parallel(name, **branches))
    return found


programs = steps(depth=3).map(lambda nodes: Program("p", chain("", *nodes), PARAMETERS))


def expected_inputs(program):
    """What every task should be given, by the rule of lexical scope: path to values by name."""
    given = {}

    def visit(graph, path, visible):
        """What `graph` writes, given what is visible before it."""
        written = {}
        for node in graph.nodes:
            at = f"{path}.{node.name}" if path else node.name
            before = {**visible, **(written if graph.edges else {})}
            if isinstance(node, Graph):
                written |= visit(node, at, before)
            elif not isinstance(node.action, Nothing):
                given[at] = {name: before[name] for name in node.reads.required}
                written |= {r.name: f"{at} returned {r.name}" for r in node.returns}
        return written

    visit(program.graph, "", program.parameters)
    return given


@pytest.mark.slow
@given(programs)
@settings(max_examples=60, deadline=None)
def test_a_manifest_is_valid_and_calls_a_pod_once_for_each_task_and_for_nothing_else(program):
    (document,) = read(compile_text(program))
    assert problems(document) == []
    pods = {t["name"] for t in document["spec"]["templates"] if "container" in t}
    dags = [t["dag"]["tasks"] for t in document["spec"]["templates"] if "dag" in t]
    specs = [
        json.loads(p["value"])["name"]
        for dag in dags
        for task in dag
        if task["template"] in pods
        for p in task["arguments"]["parameters"]
        if p["name"] == "spec"
    ]
    real = [path for path, task in all_tasks(program.graph) if not isinstance(task.action, Nothing)]
    assert Counter(specs) == Counter(real)


@given(programs, st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_every_task_is_given_what_lexical_scope_says_however_the_graph_is_cut(program, most):
    expected = expected_inputs(program)
    found = {}

    def work(spec, inputs):
        found[spec["name"]] = {name: inputs[name] for name in expected[spec["name"]]}
        return {name: f"{spec['name']} returned {name}" for name in spec.get("returns", [])}

    (document,) = compile_all(program, limits=Limits(nodes=most))
    assert problems(document) == []
    assert Simulator(document["spec"], work).run() == SUCCEEDED
    assert found == expected


@given(programs, st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_tasks_that_share_pods_are_given_the_same_and_there_are_fewer_pods(program, most):
    expected = expected_inputs(program)
    found = {}

    def work(spec, inputs):
        found[spec["name"]] = inputs
        return {name: f"{spec['name']} returned {name}" for name in spec.get("returns", [])}

    (document,) = compile_all(fused(program), limits=Limits(nodes=most))
    assert problems(document) == []
    simulator = Simulator(document["spec"], work)
    assert simulator.run() == SUCCEEDED
    assert {path: {name: given.get(name) for name in expected[path]} for path, given in found.items()} == expected
    assert sorted(simulator.ran) == sorted(expected)
    assert simulator.pods == pods_of(program.graph)


def pods_of(pipeline):
    """How many pods there are: one for neighbours that share it, and those of Parallels that do not."""
    shares = [shares_pod(node) for node in pipeline.nodes]
    own = sum(1 for before, one in zip([False, *shares], shares, strict=False) if one and not before)
    apart = [node for node, one in zip(pipeline.nodes, shares, strict=True) if isinstance(node, Graph) and not one]
    return own + sum(pods_of(branch) for parallel in apart for branch in parallel.nodes)


def shares_pod(node):
    """Whether it is a task, or a Parallel of which each branch takes one pod; stubs in it do not matter."""
    if isinstance(node, Task):
        return not node.is_idle
    inner = [one for branch in node.nodes for one in branch.nodes if not only_stubs(one)]
    return bool(inner) and all(map(shares_pod, inner))


def only_stubs(node):
    return node.is_idle if isinstance(node, Task) else all(only_stubs(x) for b in node.nodes for x in b.nodes)


@st.composite
def nestings(draw, depth):
    """Steps of every construct in each other."""
    kinds = ["python", "stub"] + (["parallel", "map", "reduced", "switch", "loop"] if depth else [])
    found = []
    for name in draw(st.lists(step_names, min_size=1, max_size=2, unique=True)):
        inside = lambda: draw(nestings(depth - 1))  # noqa: E731
        match draw(st.sampled_from(kinds)):
            case "python":
                found.append(python(name, reads="x", returns=draw(st.sampled_from(["", "w", "x done"]))))
            case "stub":
                found.append(stub(name))
            case "parallel":
                found.append(parallel(name, one=inside(), two=inside()))
            case "map":
                found.append(fan_out(name, *inside(), iterate_on="w", iterate_as="x"))
            case "reduced":
                found.append(
                    fan_out(name, *inside(), python("last", returns="x"), iterate_on="w", iterate_as="x", reduce="x")
                )
            case "switch":
                found.append(switch(name, "x", draw(st.sampled_from([None, "b_2"])), a=inside(), b_2=inside()))
            case "loop":
                found.append(loop(name, *inside(), break_on="done", max_iterations=draw(st.integers(1, 9))))
    return found


@pytest.mark.slow
@given(nestings(depth=3))
@settings(max_examples=60, deadline=None)
def test_any_nesting_gives_a_valid_manifest_with_one_pod_for_each_task(nodes):
    program = Program("p", chain("", *nodes), {"x": 1, "w": [], "done": False})
    (document,) = read(compile_text(program))
    assert problems(document) == []
    called = [
        json.loads(p["value"])["name"]
        for template in document["spec"]["templates"]
        for task in template.get("dag", {}).get("tasks", [])
        for p in task.get("arguments", {}).get("parameters", [])
        if p["name"] == "spec"
    ]
    real = [path for path, task in all_tasks(program.graph) if not isinstance(task.action, Nothing)]
    assert Counter(name for name in called if not name.endswith(".no-match")) == Counter(real)


@pytest.mark.slow
@given(nestings(depth=3), st.integers(2, 4), st.integers(4, 9))
@settings(max_examples=60, deadline=None)
def test_any_nesting_that_is_split_has_parts_within_the_limits_whose_references_are_there(nodes, most, templates):
    program = Program("p", chain("", *nodes), {"x": 1, "w": [], "done": False})
    limits = Limits(nodes=most, templates=templates)
    documents = compile_all(program, limits=limits)
    assert all_problems(documents) == []
    for document in documents:
        found = workflow_spec(document)["templates"]
        assert len(found) <= templates or sum("dag" in template for template in found) == 1
    called = [
        json.loads(p["value"])["name"]
        for document in documents
        for template in workflow_spec(document)["templates"]
        for task in template.get("dag", {}).get("tasks", [])
        for p in task.get("arguments", {}).get("parameters", [])
        if p["name"] == "spec"
    ]
    real = [path for path, task in all_tasks(program.graph) if not isinstance(task.action, Nothing)]
    assert Counter(name for name in called if not name.endswith(".no-match")) == Counter(real)


@st.composite
def handled_graphs(draw, prefix="s", depth=2):
    """The nodes and edges of a chain in which some steps, of handlers too, have handlers; its nodes come in order."""
    main = [python(f"{prefix}{i}", returns="x") for i in range(draw(st.integers(1, 6)))]
    edges = [Edge(a.name, b.name) for a, b in itertools.pairwise(main)]
    nodes = list(main)
    for step in main:
        if depth and draw(st.booleans()):
            inner, more = draw(handled_graphs(f"{step.name}h", depth - 1))
            nodes += inner
            edges += [Edge(step.name, inner[0].name, On.FAILURE), *more]
    return nodes, edges


@pytest.mark.slow
@given(handled_graphs(), st.integers(3, 5), st.data())
@settings(max_examples=100, deadline=None)
def test_steps_whose_failures_are_handled_end_alike_however_the_graph_is_cut(drawn, most, data):
    nodes, edges = drawn
    names = st.sampled_from([node.name for node in nodes])
    ends = {edge.source for edge in edges if edge.on is On.SUCCESS}
    failing = data.draw(st.lists(names.filter(lambda name: name not in ends), unique=True, max_size=2))
    bad = data.draw(st.sets(names))

    def work(spec, inputs):
        if spec["name"] in bad or spec["name"].endswith("fail"):
            raise ValueError
        return dict.fromkeys(spec.get("returns", []), spec["name"])

    ended = []
    for limits in (Limits(), Limits(nodes=most, templates=6)):
        graph = Graph("", tuple(nodes), tuple(edges), tuple(failing))
        *parts, main = compile_all(Program("p", graph), limits=limits)
        assert all_problems([*parts, main]) == []
        simulator = Simulator(main["spec"], work, parts=parts)
        phase = simulator.run()
        ended.append((phase, [name for name in simulator.ran if not name.endswith("fail")]))
    assert ended[0] == ended[1]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_text_of_a_user_becomes_a_tag(text):
    command = f"echo {text} {{{{=1+1}}}}"
    nodes = (python("b", reads="v"), shell("c", command))
    program = Program("p", chain("", *nodes), {"v": text + "{{workflow.name}}"})
    (document,) = read(compile_text(program))
    found = {}
    Simulator(document["spec"], lambda spec, inputs: found.update({spec["name"]: (spec, inputs)}) or {}).run()
    assert found["b"][1] == {"v": text + "{{workflow.name}}"}
    assert found["c"][0]["shell"] == command
