"""Pipelines as they are and with `fuse` or `batch`, in turn on one cluster: pods and wall time."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from benchmarks.cluster import IMAGE, Measured, compiled, run
from benchmarks.commands import ROOT

PIPELINES = {
    "the parallel example": (
        """
from examples.common.functions import hello
from runnable import NotebookTask, Parallel, Pipeline, PythonTask, ShellTask, Stub

def branch():
    steps = [
        Stub(name="hello stub"),
        PythonTask(name="hello python", function=hello),
        ShellTask(name="hello shell", command="echo 'Hello from a shell!'"),
        NotebookTask(name="hello notebook", notebook="examples/common/simple_notebook.ipynb"),
    ]
    return Pipeline(steps=steps, {branch})

both = Parallel(name="both", branches={{"branch1": branch(), "branch2": branch()}})
Pipeline(steps=[both, Stub(name="continue to")], {whole}).execute()
""",
        {
            "a pod a task": {"branch": "", "whole": ""},
            "fused by branch": {"branch": "fuse=True", "whole": ""},
            "fused whole": {"branch": "fuse=True", "whole": "fuse=True"},
        },
    ),
    "a chain of ten short steps": (
        """
from examples.common.functions import hello
from runnable import Pipeline, PythonTask

Pipeline(steps=[PythonTask(name=f"step {{n}}", function=hello) for n in range(10)], {fuse}).execute()
""",
        {"a pod a task": {"fuse": ""}, "fused": {"fuse": "fuse=True"}},
    ),
    "a Map of 200 items of 0.1 s": (
        """
from runnable import Map, Pipeline, ShellTask

body = Pipeline(steps=[ShellTask(name="short", command="sleep 0.1")])
wide = Map(name="wide", iterate_on="items", iterate_as="item", branch=body, {batch})
Pipeline(steps=[wide]).execute(parameters_file="items.json")
""",
        {"a pod an item": {"batch": ""}, "batch=50": {"batch": "batch=50"}},
    ),
}
"""The file of each, and what it has for each of its forms; the first is what the others are compared with."""


def bench_pods(folder: Path, runs: int, path: str) -> None:
    """Each form `runs` times, in turn. `path` is where the package is imported from."""
    if not os.environ.get("KUBECONFIG") or not IMAGE:
        print("\nKUBECONFIG and RUNNABLE_CLUSTER_IMAGE name no cluster with an image: no figures of pods.")
        return
    file = folder / "project" / "pods.py"
    shutil.copytree(ROOT / "examples", file.parent / "examples")  # as the image has them
    (file.parent / "items.json").write_text(json.dumps({"items": list(range(200))}))
    print("\n### Fewer pods\n\n| | | pods | wall time | of the first |\n| --- | --- | --- | --- | --- |", flush=True)
    for title, (text, forms) in PIPELINES.items():
        manifests = {}
        for form, given in forms.items():
            file.write_text(text.format(**given))
            manifests[form] = compiled(file.name, file.parent, path)
        found = {form: Measured() for form in forms}
        for _ in range(runs):
            for form, manifest in manifests.items():
                found[form].add(*run(manifest))
        first = next(iter(found.values())).median
        for form, measured in found.items():
            print(f"| {title} | {form} | {measured} | {measured.median / first:.2f} |", flush=True)
