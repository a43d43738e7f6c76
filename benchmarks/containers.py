"""What a task costs in containers, beside the engine's own `docker run` and `docker exec` of the same image."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from benchmarks.environments import interpreter
from benchmarks.measure import Command, compare

IMAGE = os.environ.get("RUNNABLE_BENCH_IMAGE", "runnable-examples:dev")
FEW, MANY = 1, 11
PIPELINE = """
from runnable import Pipeline, ShellTask

Pipeline(steps=[ShellTask(name=f"t{i}", command=":") for i in range(N)]).execute()
"""
CONFIGURATION = """
pipeline-executor: {{type: local-container, config: {{docker_image: "{image}", reuse: {reuse}}}}}
run-log-store: {{type: file-system}}
"""


def bench_containers(folder: Path, runs: int, path: str) -> None:
    """The slope from one task to eleven, so that what a run costs once is left out."""
    if subprocess.run(["docker", "image", "inspect", IMAGE], capture_output=True).returncode:
        print(f"\nThere is no image {IMAGE}, or no engine: no figures of containers.")
        return
    name = f"runnable-bench-{os.getpid()}"
    subprocess.run(
        ["docker", "run", "-d", "--name", name, "--entrypoint", "sleep", IMAGE, "86400"],
        check=True,
        capture_output=True,
    )
    try:
        commands = [c for n in (FEW, MANY) for c in _commands(folder, n, name, path)]
        found = compare(commands, runs=runs, limit=300)
    finally:
        subprocess.run(["docker", "rm", "-f", name], check=True, capture_output=True)
    print(f"\n### A task in containers, {MANY - FEW} more of them\n\n| | a task more |\n| --- | --- |")
    for key in ("docker run", "docker exec", "a container a task", "reuse"):
        few, many = found[f"{key} {FEW}"], found[f"{key} {MANY}"]
        problem = few.problem or many.problem
        print(f"| {key} | {problem or f'{(many.median - few.median) / (MANY - FEW) * 1000:.0f} ms'} |")


def _commands(folder: Path, n: int, container: str, path: str) -> list[Command]:
    def shell(key: str, line: str) -> Command:
        return Command(f"{key} {n}", ["sh", "-c", f"for i in $(seq {n}); do {line} || exit; done"], folder)

    def ours(key: str, reuse: str) -> Command:
        project = folder / f"{reuse}-{n}"
        project.mkdir(exist_ok=True)
        (project / "pipeline.py").write_text(PIPELINE.replace("N", str(n)))
        (project / "runnable-config.yaml").write_text(CONFIGURATION.format(image=IMAGE, reuse=reuse))
        return Command(f"{key} {n}", [interpreter("ours"), "pipeline.py"], project, {"PYTHONPATH": path})

    return [
        shell("docker run", f"docker run --rm --entrypoint python {IMAGE} -c pass"),
        shell("docker exec", f"docker exec {container} python -c pass"),
        ours("a container a task", "false"),
        ours("reuse", "true"),
    ]
