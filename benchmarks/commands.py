"""Commands that several benchmarks time: to compile, to run, and what a pod starts."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.environments import interpreter
from benchmarks.measure import Command
from benchmarks.pipelines import write

ROOT = Path(__file__).parents[1]
OURS_PATH = os.pathsep.join([str(ROOT / "compiler"), str(ROOT / "runtime_image")])


def compile_command(tool: str, shape: str, n: int, folder: Path, python: str = "") -> Command:
    """Compile the pipeline to Argo, as that tool's users do; by that tool's own `python` if none is given."""
    file = write(folder / f"{tool}-{shape}-{n}", tool, shape, n)
    python = python or interpreter(tool)
    if tool == "ours":
        return Command(
            tool, [python, "-m", "runnable.cli", "compile", file.name], file.parent, {"PYTHONPATH": OURS_PATH}
        )
    environment = {"PYTHONPATH": str(file.parent)}
    if tool == "published":
        environment["RUNNABLE_CONFIGURATION_FILE"] = "argo.yaml"
    return Command(tool, [python, file.name], file.parent, environment)


def run_command(tool: str, n: int, folder: Path, store: str = "", shape: str = "noop") -> Command:
    """Run the pipeline on this machine."""
    key = f"{tool} {store}".strip()
    file = write(folder / f"{key}-{shape}-{n}".replace(" ", "-"), tool, shape, n)
    path = OURS_PATH if tool == "ours" else str(file.parent)
    environment = {"PYTHONPATH": path}
    if store:
        environment["RUNNABLE_CONFIGURATION_FILE"] = "chunked.yaml"
    return Command(key, [interpreter(tool), file.name], file.parent, environment)


def entrypoint_command(folder: Path) -> Command:
    """What a pod starts, up to a function of the user's that does nothing."""
    (folder / "steps.py").write_text("def nothing():\n    pass\n")
    words = ["--protocol", "1", "--spec", '{"name":"a","python":"steps:nothing"}', "--inputs", ""]
    words = [interpreter("ours"), "-m", "runnable_runtime", *words, "--outputs", str(folder / "out.json")]
    return Command("entrypoint", words, folder, {"PYTHONPATH": OURS_PATH})
