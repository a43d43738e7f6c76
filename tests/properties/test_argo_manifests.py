"""What holds for the manifest of any pipeline."""

import json
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from runnable.backends.argo import limits
from runnable.ir.nodes import Graph, Nothing, Program
from runnable.ir.walk import tasks as all_tasks
from tests.manifests import problems, read
from tests.unit.argo.programs import chain, compile_text, parallel, python, shell, stub
from tests.unit.argo.simulator import SUCCEEDED, Simulator

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

    usual = limits.MOST_TASKS
    limits.MOST_TASKS = most
    try:
        (document,) = read(compile_text(program))
    finally:
        limits.MOST_TASKS = usual
    assert problems(document) == []
    assert Simulator(document["spec"], work).run() == SUCCEEDED
    assert found == expected


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
