"""`runnable resources` of pods of known peaks: within 15 per cent, never below, and enough for the same pods again."""

from dataclasses import replace

import pytest

from runnable.configuration import Section
from runnable.configuration.quantities import quantity
from runnable.ir.options import Resources
from runnable.ir.unit import CompilationUnit
from runnable.runs.stores.chunked_fs import ChunkedStore
from runnable.sizing.peaks import peaks
from runnable.sizing.suggest import suggestion
from tests.support import clusters
from tests.support.argo_programs import parallel, program, shell
from tests.support.volumes import volume

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.thorough,  # minutes, and gigabytes; test_what_pods_used shows what it is made of
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]
MB = 1_000_000
PEAKS = (50, 200, 512, 1000, 2000)
"""In MB, of all that the container has in memory."""
USED = """for file in ('memory.current', 'memory/memory.usage_in_bytes'):
    if os.path.exists(path := '/sys/fs/cgroup/' + file): break"""
UP_TO = """import os
{used}
kept = []
while (left := {peak} - int(open(path).read())) > 0:
    kept.append(b"x" * max(min(left, 8 << 20), 4096))
"""


def upto(peak):
    """A command that takes memory until its container has that many MB of it."""
    script = UP_TO.format(used=USED, peak=peak * MB)
    return f"cat > /tmp/take.py <<'END'\n{script}END\npython -S /tmp/take.py"


def sized(resources):
    """A program of a task for each peak, at the same time, with what they ask for by their names."""
    steps = {f"b{peak}": (shell(f"take{peak}", upto(peak)),) for peak in PEAKS}
    found = program(parallel("all", **steps))
    return found if resources is None else with_resources(found, resources)


def with_resources(found, resources):
    (everything,) = found.graph.nodes
    branches = []
    for branch in everything.nodes:
        (task,) = branch.nodes
        sides = {side: tuple(amounts.items()) for side, amounts in resources[task.name].items()}
        options = replace(task.options, resources=Resources(**sides))
        branches.append(replace(branch, nodes=(replace(task, options=options),)))
    return replace(found, graph=replace(found.graph, nodes=(replace(everything, nodes=tuple(branches)),)))


def ran(found, kept, folder, **configuration):
    """The record of a workflow of the program, on a volume: a pod that writes to a bucket takes 80 MB by itself."""
    records = {"run_log": Section("chunked-fs", {}), "pvc_for_runnable": kept.claim, "parallelism": 2}
    finished = clusters.wait(clusters.start(clusters.compiled(CompilationUnit(found), **records, **configuration)))
    record = ChunkedStore(kept.copy(folder) / "run-log").read(finished.name)
    assert finished.phase == "Succeeded", {path: step.message for path, step in record.steps.items()}
    return record


def test_what_is_suggested_is_near_the_peak_never_below_and_enough(tmp_path):
    large = {"requests": {"memory": "100Mi"}, "limits": {"memory": "3Gi"}}
    with volume() as kept:
        record = ran(sized(None), kept, tmp_path / "first", defaultResources=large)
        _compare(record, kept, tmp_path)


def _compare(record, kept, folder):
    suggested = {path.rpartition(".")[2]: suggestion(path, one) for path, one in peaks([record]).items()}
    for peak in PEAKS:
        one = suggested[f"take{peak}"]
        ratio = one.memory * 1024 * 1024 / (peak * MB)
        print(f"{peak} MB: recorded {one.peak / MB:.0f} MB, suggested {one.memory} MiB, {ratio - 1:+.1%}")
        assert 1 <= ratio <= 1.15
    again = ran(sized({name: one.resources for name, one in suggested.items()}), kept, folder / "second")
    limits = {
        path: step.attempts[-1].used.container.memory_limit for path, step in again.steps.items() if step.attempts
    }
    for path, limit in limits.items():
        one = suggested[path.rpartition(".")[2]]
        assert limit == int(quantity(one.resources["limits"]["memory"])), "as was suggested"
