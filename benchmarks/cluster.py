"""One example, compiled by the published package and by ours, in turn on one cluster: pods and wall time."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from benchmarks.environments import interpreter

ROOT = Path(__file__).parents[1]
EXAMPLE = "examples/06-parallel/parallel.py"
PUBLISHED = ROOT / "benchmarks" / "published.yaml"
NAMESPACE = os.environ.get("RUNNABLE_CLUSTER_NAMESPACE", "argo")
IMAGE = os.environ.get("RUNNABLE_CLUSTER_IMAGE", "")
LONGEST = 600
"""Seconds that a workflow may take."""

Manifest = dict[str, Any]


@dataclass
class Measured:
    """What the workflows of one package took: pods and seconds, by the workflow's own times."""

    pods: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Median seconds."""
        return statistics.median(self.seconds)

    def add(self, pods: int, seconds: float) -> None:
        """One more workflow."""
        self.pods.append(pods)
        self.seconds.append(seconds)

    def __str__(self) -> str:
        """Cells of a table."""
        pods = ", ".join(map(str, sorted(set(self.pods))))
        return f"{pods} | {self.median:.0f} s ({min(self.seconds):.0f} to {max(self.seconds):.0f})"


def bench_cluster(folder: Path, runs: int, path: str) -> None:
    """Both packages in turn, `runs` times each after one that is not counted. `path` is where ours is imported from."""
    if not os.environ.get("KUBECONFIG") or not IMAGE:
        print("\nKUBECONFIG and RUNNABLE_CLUSTER_IMAGE name no cluster with an image: no figures of a cluster.")
        return
    manifests = {"published": _published(folder / "published"), "ours": compiled(EXAMPLE, ROOT, path)}
    found = {key: Measured() for key in manifests}
    _kubectl("apply", "-f", "-", text=yaml.safe_dump_all(_volume(_claim())))
    try:
        for number in range(runs + 1):
            for key, manifest in manifests.items():
                ended = run(_called(manifest, f"bench-{os.getpid()}-{number}"))
                if number:
                    found[key].add(*ended)
    finally:
        _kubectl("delete", "pvc,pv", "-l", "made-by=runnable-bench", "--wait=false")
    print("\n### The parallel example on a cluster\n\n| | pods | wall time |\n| --- | --- | --- |")
    for key, measured in found.items():
        print(f"| {key} | {measured} |")
    print(f"\nours / published: {found['ours'].median / found['published'].median:.2f}")


def compiled(file: str, project: Path, path: str) -> Manifest:
    """The Workflow that ours, imported from `path`, compiles a file of a project to."""
    command = [interpreter("ours"), "-m", "runnable.cli", "compile", file, "--kind", "Workflow", "--image", IMAGE]
    text = _call(command, project, {"PYTHONPATH": os.pathsep.join([path, str(project)])})
    manifest: Manifest = yaml.safe_load(text)
    manifest["spec"]["serviceAccountName"] = "workflow"
    return manifest


def _published(project: Path) -> Manifest:
    """What the published package compiles the example to, without `memoize`, as it has it: Argo 4.1 refuses that."""
    shutil.copytree(ROOT / "examples", project / "examples")
    shutil.copy(PUBLISHED, project)
    environment = {"PYTHONPATH": str(project), "RUNNABLE_CONFIGURATION_FILE": PUBLISHED.name}
    _call([interpreter("published"), EXAMPLE], project, environment)
    manifest: Manifest = yaml.safe_load((project / "argo-pipeline.yaml").read_text())
    manifest["metadata"].pop("namespace", None)
    for template in manifest["spec"]["templates"]:
        template.pop("memoize", None)
    return manifest


def _called(manifest: Manifest, run_id: str) -> Manifest:
    """The manifest for a run of its own: the published package's have the run's id as a parameter."""
    given = [
        {**one, "value": run_id} if one["name"] == "run_id" else one
        for one in manifest["spec"].get("arguments", {}).get("parameters", [])
    ]
    return {**manifest, "spec": {**manifest["spec"], "arguments": {"parameters": given}}} if given else manifest


def _claim() -> str:
    config = yaml.safe_load(PUBLISHED.read_text())["pipeline-executor"]["config"]
    return str(config["pvc_for_runnable"])


def _volume(claim: str) -> list[Manifest]:
    """A folder of the node, as a volume that all pods of the published package write to."""
    modes, size = ["ReadWriteMany"], {"storage": "1Gi"}
    labels = {"made-by": "runnable-bench"}
    folder = {"path": f"/var/tmp/{claim}", "type": "DirectoryOrCreate"}
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": claim, "labels": labels},
            "spec": {"capacity": size, "accessModes": modes, "hostPath": folder, "storageClassName": claim},
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": claim, "labels": labels},
            "spec": {"resources": {"requests": size}, "accessModes": modes, "storageClassName": claim},
        },
    ]


def run(manifest: Manifest) -> tuple[int, float]:
    """Pods, and seconds from the workflow's start to its end; it must succeed. It is deleted afterwards."""
    name = _kubectl("create", "-f", "-", "-o", "jsonpath={.metadata.name}", text=yaml.safe_dump(manifest))
    until = time.monotonic() + LONGEST
    status: Manifest = {}
    while status.get("phase") not in ("Succeeded", "Failed", "Error"):
        if time.monotonic() > until:
            raise SystemExit(f"the workflow {name} has not ended in {LONGEST} s")
        time.sleep(1)
        status = json.loads(_kubectl("get", "workflow", name, "-o", "json")).get("status", {})
    if status["phase"] != "Succeeded":
        raise SystemExit(f"the workflow {name} has not succeeded: {status.get('message', '')}")
    _kubectl("delete", "workflow", name)
    began, ended = (datetime.fromisoformat(status[key]) for key in ("startedAt", "finishedAt"))
    return sum(node["type"] == "Pod" for node in status["nodes"].values()), (ended - began).total_seconds()


def _kubectl(*arguments: str, text: str | None = None) -> str:
    return _call(["kubectl", "-n", NAMESPACE, *arguments], ROOT, {}, text)


def _call(command: list[str], folder: Path, environment: dict[str, str], text: str | None = None) -> str:
    """What a command prints; it must succeed."""
    ended = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, input=text, capture_output=True, text=True
    )
    if ended.returncode:
        raise SystemExit(f"{' '.join(command)}: {ended.stderr[-2000:]}")
    return ended.stdout
