"""Extras install without the lock, each alone and all together, and what is missing says how it is installed."""

import tomllib

import pytest

from tests.support.paths import ROOT, UV
from tests.support.selection import representative

pytestmark = [pytest.mark.install, pytest.mark.timeout(1200)]

EXTRAS = sorted(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
MODULES = {"notebook": "nbclient", "s3": "s3fs", "sbom": "cyclonedx", "telemetry": "opentelemetry.sdk"}
COMBINATIONS = {"none": [], **{extra: [extra] for extra in EXTRAS}, "all": EXTRAS}
CASES = [f"{installer} {name}" for installer in ("pip", "uv") for name in COMBINATIONS]
PIPELINE = """
from runnable import Pipeline, PythonTask

def one() -> int:
    return 1

def main():
    pipeline = Pipeline(steps=[PythonTask(name="one", function=one, returns=["n"])])
    pipeline.execute()
    return pipeline

if __name__ == "__main__":
    main()
"""
NOTEBOOK = """
{"cells": [], "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}
"""
WITH_NOTEBOOK = PIPELINE.replace("PythonTask", "NotebookTask").replace(
    '"one", function=one, returns=["n"]', '"n", notebook="n.ipynb"'
)


@pytest.mark.parametrize(
    "case", representative(CASES, [c for c in CASES if c[:2] == "uv" or c in ("pip none", "pip all")])
)
def test_no_extra_each_and_all_resolve_and_work(wheel, empty, case):
    installer, name = case.split()
    extras = COMBINATIONS[name]
    user = empty(pip=installer == "pip")
    asked = f"{wheel}[{','.join(extras)}]" if extras else wheel
    if installer == "pip":
        user.run("python", "-m", "pip", "install", "--quiet", "--no-compile", asked)
        user.run("python", "-m", "pip", "check")
    else:
        user.run(UV, "pip", "install", "--quiet", asked)
        user.run(UV, "pip", "check")
    (user.folder / "pipeline.py").write_text(PIPELINE)
    assert "succeeded" in user.run("python", "pipeline.py").stderr
    assert "kind: WorkflowTemplate" in user.run("runnable", "compile", "--image", "i:1", "pipeline.py").stdout
    assert list(MODULES) == EXTRAS
    for extra, module in MODULES.items():
        user.run("python", "-c", f"import {module}", code=0 if extra in extras else 1)


def test_the_command_that_a_missing_extra_names_installs_it(wheel, empty):
    user = empty(pip=True)
    user.run("python", "-m", "pip", "install", "--quiet", "--no-compile", wheel)
    (user.folder / "pipeline.py").write_text(WITH_NOTEBOOK)
    (user.folder / "n.ipynb").write_text(NOTEBOOK)
    said = user.run("python", "pipeline.py", code=1).stderr
    command = "pip install 'runnable-pipelines[notebook]'"
    assert command in said
    installed = user.shell(command)
    assert installed.returncode == 0, installed.stderr
    user.run("python", "pipeline.py")
