"""What Argo keeps of a workflow while it runs: its bytes, for each construct. Bodies are stubs, without pods.

    python -m benchmarks.state [CONSTRUCT …] [--sizes 10,100,1000]

A controller must run the workflows of RUNNABLE_CLUSTER_NAMESPACE. A workflow is one object, which is at most 1 MiB: its
nodes are compressed where they would not fit. `compressed` is what gzip and base64, which the controller uses, make of
them.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAMESPACE = os.environ.get("RUNNABLE_CLUSTER_NAMESPACE", "argo")
LONGEST = 900
"""Seconds that a workflow may take."""
_HEAD = """from runnable import Conditional, Loop, Map, Parallel, Pipeline, Stub


def body(name="s"):
    return Stub(name=name).as_pipeline()


def main():
    pipeline = Pipeline(steps=[STEPS])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
"""
_MAP = "Map(name='m', branch=body(), iterate_on='xs', iterate_as='x')"
_NESTED = (
    "Map(name='m', iterate_on='ys', iterate_as='y', branch=Pipeline(steps=["
    "Map(name='n', iterate_on='xs', iterate_as='x', branch=body())]))"
)
_CONDITIONAL = "Conditional(name='c{n}', parameter='side', branches={{'left': body(), 'right': body()}})"


@dataclass(frozen=True, slots=True)
class State:
    """A workflow that has ended: `raw` and `compressed` bytes of its nodes, how many they are, and its seconds."""

    phase: str
    raw: int
    compressed: int
    nodes: int
    seconds: float


def construct(name: str, size: int) -> tuple[str, dict[str, Any]]:
    """The steps of a pipeline with `size` items, branches, iterations or steps, as source, and its parameters."""
    match name:
        case "map-numbers":
            return _MAP, {"xs": list(range(size))}
        case "map-paths":
            return _MAP, {"xs": [f"/data/2026/{n:05d}".ljust(105, "x") for n in range(size)]}
        case "map-nested":
            side = round(size**0.5)
            return _NESTED, {"xs": list(range(side)), "ys": list(range(side))}
        case "parallel":
            branches = ", ".join(f"'b{n}': body()" for n in range(size))
            return f"Parallel(name='p', branches={{{branches}}})", {}
        case "chain":
            return ", ".join(f"Stub(name='s{n}')" for n in range(size)), {}
        case "conditionals":
            return ", ".join(_CONDITIONAL.format(n=n) for n in range(size)), {"side": "left"}
        case "loop":
            steps = f"Loop(name='l', branch=body(), max_iterations={min(size, 90)}, break_on='done', iterate_as='i')"
            return steps, {"done": False}
    raise SystemExit(f"there is no construct {name!r}: {', '.join(CONSTRUCTS)}")


CONSTRUCTS = ("map-numbers", "map-paths", "map-nested", "parallel", "chain", "conditionals", "loop")


def main() -> None:
    """Print a table of the constructs that the command line names, at each size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.state", description=__doc__)
    parser.add_argument("constructs", nargs="*", default=CONSTRUCTS, metavar="CONSTRUCT")
    parser.add_argument("--sizes", default="10,100,1000")
    options = parser.parse_args()
    print("| construct | size | nodes | raw | a node | compressed | seconds | phase |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in options.constructs:
        for size in map(int, options.sizes.split(",")):
            steps, parameters = construct(name, size)
            state = measure(steps, parameters)
            print(
                f"| {name} | {size:,} | {state.nodes:,} | {state.raw:,} | {state.raw / state.nodes:.0f} "
                f"| {state.compressed:,} | {state.seconds:.0f} | {state.phase} |",
                flush=True,
            )


def measure(steps: str, parameters: dict[str, Any]) -> State:
    """Run a pipeline of `steps`, as source, on the cluster; its state when it has ended."""
    with tempfile.TemporaryDirectory() as folder:
        pipeline, values = Path(folder, "state_of.py"), Path(folder, "parameters.yaml")
        pipeline.write_text(_HEAD.replace("STEPS", steps))
        values.write_text(json.dumps(parameters))
        command = [sys.executable, "-m", "runnable.cli", "compile", str(pipeline), "--kind", "Workflow"]
        compiled = subprocess.run(
            [*command, "-p", str(values), "--namespace", NAMESPACE, "-o", str(Path(folder, "out.yaml"))],
            capture_output=True,
            text=True,
            check=False,
        )
        if compiled.returncode:
            return State(compiled.stderr.strip().splitlines()[0][:60], 1, 1, 1, 0)
        made = _kubectl("create", "-f", str(Path(folder, "out.yaml")), "-o", "name").split()
    try:
        return _ended(made[-1])
    finally:
        _kubectl("delete", *made)


def _ended(name: str) -> State:
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        workflow = json.loads(_kubectl("get", name, "-o", "json"))
        status = workflow.get("status", {})
        if status.get("phase") not in (None, "", "Pending", "Running"):
            return _state(status)
        time.sleep(1)
    return State("no end", 1, 1, 1, LONGEST)


def _state(status: dict[str, Any]) -> State:
    if compressed := status.get("compressedNodes"):
        text = gzip.decompress(base64.b64decode(compressed))
        nodes = json.loads(text)
    else:
        nodes = status.get("nodes", {})
        text = json.dumps(nodes, separators=(",", ":")).encode()
    size = len(base64.b64encode(gzip.compress(text)))
    stamps = [time.mktime(time.strptime(status[key], "%Y-%m-%dT%H:%M:%SZ")) for key in ("startedAt", "finishedAt")]
    return State(status["phase"], len(text), size, max(len(nodes), 1), stamps[1] - stamps[0])


def _kubectl(*arguments: str) -> str:
    command = ["kubectl", "-n", NAMESPACE, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
