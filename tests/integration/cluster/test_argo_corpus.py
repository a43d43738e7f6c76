"""Every pipeline of the corpus on a real cluster: it ends as here, with the pods that are planned, and no others."""

import json
import re
from collections import Counter

import pytest

from runnable.ir.unit import CompilationUnit
from runnable.targets.argo import limits
from runnable_runtime.records.records import Status
from runnable_runtime.values.parameters import decode_lines
from tests.conformance.test_corpus import built
from tests.support import clusters
from tests.support.argo_programs import loop, program, stub
from tests.support.corpus import CORPUS
from tests.support.paths import ROOT
from tests.support.planned import informed
from tests.support.selection import representative

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]
EXAMPLES = [
    "examples/02-sequential/conditional.py",
    "examples/02-sequential/terminate_with_failure.py",
    "examples/03-parameters/arguments.py",
    "examples/03-parameters/declared.py",
    "examples/03-parameters/passing_parameters_notebook.py",
    "examples/03-parameters/passing_parameters_python.py",
    "examples/03-parameters/passing_parameters_shell.py",
    "examples/03-parameters/static_parameters_non_python.py",
    "examples/03-parameters/static_parameters_python.py",
    "examples/06-parallel/branch_fails.py",
    "examples/06-parallel/limited.py",
    "examples/06-parallel/nesting.py",
    "examples/06-parallel/parallel.py",
    "examples/06-parallel/parallel_parameters.py",
    "examples/07-map/collects.py",
    "examples/07-map/item_fails.py",
    "examples/07-map/map.py",
    "examples/07-map/reducers.py",
    "examples/10-loop/loop.py",
    "examples/10-loop/max_iterations.py",
    "examples/12-nesting/everything.py",
    "examples/16-dag/cross_edge.py",
]
SHOWN_BY_OTHERS = ["examples/06-parallel/nesting.py", "examples/07-map/map.py"]
REPRESENTATIVE = [
    "a branch of a sum of booleans",
    "a branch of the largest float",
    "branches of numbers",
    "a Conditional is handled",
    "a Map is handled",
    "a branch adds to what was there",
    "a branch ends in failure",
    "a failure ends in failure",
    "a handler fails",
    "a handler that is not needed",
    "an iteration fails",
    "boolean branch",
    "default branch",
    "four deep",
    "map of nothing",
    "no branch for the value",
    "signs",
    "texts that look like numbers",
    "two maps with a seed each",
    # each kind of construct in each other that these do not have, nor what CI runs with a store (test_argo_stores,
    # test_volumes) or resumes (test_resumed_elsewhere)
    "conditional in parallel",
    "handled in parallel",
    "parallel in reduced",
    "map in conditional",
    "loop in conditional",
    "parallel in loop",
    "parallel in handled",
    "map in handled",
    "conditional in handled",
    "loop in handled",
]
OURS = re.compile(r"(^|\.)(fail|no-match)$")


@pytest.fixture(autouse=True)
def _project(monkeypatch):
    monkeypatch.chdir(ROOT)


def pods_here(found):
    """The record of a run on this machine, and the pods it would have taken: path without numbers, outcome, outputs."""
    record, _ = clusters.recorded_here(found)
    counted = Counter()
    for path, step in record.steps.items():
        if step.attempts and step.kind != "stub":
            outputs = json.dumps(dict(step.outputs), sort_keys=True)
            counted[in_pipeline(path, record.steps), step.status is Status.SUCCEEDED, outputs] += 1
    return record, counted


def pods_there(finished):
    """The same of a workflow, and the paths of the pods that only say why it fails."""
    counted, ours = Counter(), []
    for pod in finished.pods:
        given = {p["name"]: p.get("value", "") for p in pod["inputs"]["parameters"]}
        out = [p["value"] for p in pod.get("outputs", {}).get("parameters", []) if p["name"] == "out"]
        path, succeeded = json.loads(given["spec"])["name"], pod["phase"] == "Succeeded"
        outputs = json.dumps(decode_lines(out[0]) if out and succeeded else {}, sort_keys=True)
        if OURS.search(path):
            ours.append(path)
        else:
            counted[path, succeeded, outputs] += 1
    return counted, ours


def without_numbers(path):
    """The path of a step in the pipeline: numbers of items and iterations become ``*``."""
    return re.sub(r"(?<=\.)\d+(?=\.)", "*", path)


def in_pipeline(path, steps):
    """The same by what the record has of the composites above, since a branch may be called `2.0`."""
    repeated = [one for one, step in steps.items() if step.kind in ("map", "loop") and path.startswith(f"{one}.")]
    for above in sorted(repeated, key=len, reverse=True):
        path = f"{above}.{re.sub(r'^[0-9]+(?=[.])', '*', path.removeprefix(f'{above}.'))}"
    return path


@pytest.mark.parametrize("name", representative([*CORPUS], REPRESENTATIVE))
def test_a_pipeline_of_the_corpus_ends_as_it_does_here_with_a_pod_for_each_task(name):
    compare(name, built(name))


@pytest.mark.parametrize("example", representative(EXAMPLES, [e for e in EXAMPLES if e not in SHOWN_BY_OTHERS]))
def test_an_example_does_too(example):
    compare(example, clusters.built_example(example))


@pytest.mark.thorough  # test_argo_split has it in a part of its own
def test_the_longest_loop_that_compiles_runs_to_its_end():
    endless = loop("l", stub("t"), break_on="never", max_iterations=limits.MOST_DEPTH - 3)
    finished = clusters.wait(clusters.start(clusters.compiled(CompilationUnit(program(endless, never=False)))))
    assert finished.phase == "Succeeded"
    assert len([node for node in finished.nodes.values() if node["displayName"] == "body"]) == limits.MOST_DEPTH - 3


def compare(name, found):
    finished = clusters.wait(clusters.start(clusters.compiled(found)))
    record, expected = pods_here(found)
    counted, ours = pods_there(finished)
    print(f"{name}: {finished.phase}, {len(finished.pods)} pods")
    assert (finished.phase == "Succeeded") == (record.status is Status.SUCCEEDED)
    assert counted == expected
    failed = Status.FAILED in {record.status, *(step.status for step in record.steps.values())}
    assert not ours or failed
    planned = clusters.planned(found).pods  # it assumes that tasks succeed
    assert planned.most is None or len(finished.pods) <= planned.most + len(ours)
    assert failed or len(finished.pods) >= planned.least
    if record.status is Status.SUCCEEDED and not failed:
        taken = [one.taken for one in informed(found.program, found.functions, record).tasks()]
        assert sum(one.least for one in taken) == sum(one.most for one in taken) == len(finished.pods)
