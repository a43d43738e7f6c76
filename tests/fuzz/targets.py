"""What is fuzzed: files that are changed, and the commands that then have to work, or to end with an error of ours."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from runnable.cli import main
from runnable.diagnostics.errors import ExitCode
from tests.fuzz.mutations import Choices, changed_bytes, changed_lines, changed_value

_PIPELINE = """
from runnable import Catalog, Conditional, Map, NotebookTask, Pipeline, PythonTask, ShellTask

def a(x: int = 1, xs: list[int] = [1, 2]):
    return x, xs

def b(one: int):
    return one

def main():
    one = PythonTask(name="b", function=b, returns=["y"]).as_pipeline()
    steps = [
        PythonTask(name="a", function=a, returns=["x", "xs"], cache=True),
        Map(name="m", branch=one, iterate_on="xs", iterate_as="one"),
        NotebookTask(name="n", notebook="n.ipynb", returns=["z"]),
        ShellTask(name="s", command="true"),
    ]
    Pipeline(steps=steps, name="p").execute()

if __name__ == "__main__":
    main()
"""
_SHORT = _PIPELINE.replace('        NotebookTask(name="n", notebook="n.ipynb", returns=["z"]),\n', "")
_CONFIGURATION = """
pipeline-executor: {type: local, config: {enable_parallel: false}}
run-log-store: {type: %s, config: {log_folder: log}}
catalog: {type: file-system, config: {catalog_location: kept}}
secrets: {type: dotenv, config: {location: .env}}
"""
_NOTEBOOK: dict[str, Any] = {
    "cells": [
        {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": ["x = 1\n", "y: int"], "outputs": []},
        {"cell_type": "markdown", "metadata": {}, "source": "text"},
        {"cell_type": "code", "metadata": {}, "source": "%cd {x}\nimport lib\nz = x + y", "outputs": []},
    ],
    "metadata": {"kernelspec": {"language": "python", "name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
_SOURCES = [
    *("z = x", "%%capture out\nz", "!ls $x", "def f[T](x: T): ...", "from x import *"),
    *("(" * 300, "\0", "z: =", "%", "\ud800"),
]


class Failure(AssertionError):
    """A command ended otherwise than it may."""


class World:
    """A project with runs of it in both kinds of stores; every case gets it as new."""

    def __init__(self, folder: Path) -> None:
        self._kept = folder / "kept"
        self._folder = folder / "now"
        self._kept.mkdir(parents=True)
        (self._kept / "pyproject.toml").touch()
        (self._kept / ".env").write_text("A=1\n")
        (self._kept / "pipe.py").write_text(_SHORT)
        (self._kept / "n.ipynb").write_text(json.dumps(_NOTEBOOK))
        (self._kept / "parameters.yaml").write_text("x: 1\nxs: [1, 2]\ntext: a\n")
        with _inside(self._kept):
            for store in ("file-system", "chunked-fs"):
                (self._kept / "config.yaml").write_text(_CONFIGURATION % store)
                os.environ["RUNNABLE_RUN_ID"] = f"of-{store}"
                try:
                    run("run", "pipe.py", "-c", "config.yaml")
                finally:
                    del os.environ["RUNNABLE_RUN_ID"]
                shutil.move(self._kept / "log", self._kept / store)
            run("compile", "pipe.py", "--target", "argo", "-o", "manifests")

    @contextlib.contextmanager
    def case(self) -> Iterator[Path]:
        """A folder with the project, as the working folder."""
        shutil.rmtree(self._folder, ignore_errors=True)
        shutil.copytree(self._kept, self._folder, symlinks=True)
        with _inside(self._folder):
            yield self._folder


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def run(*command: str) -> int:
    """Run a command in this process. Raises Failure unless it ends with one of our codes, and no bug."""
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(command)
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else ExitCode.USAGE
    except BaseException as error:
        raise Failure(f"{command}: {type(error).__name__}: {error}") from error
    if code == ExitCode.INTERNAL or code not in set(ExitCode) or "Traceback (most" in err.getvalue():
        raise Failure(f"{command}: exit code {code}\n{err.getvalue()[-3000:]}")
    if "\x1b]" in out.getvalue() + err.getvalue():
        raise Failure(f"{command}: what it prints steers a terminal")
    return code


def records(world: World, choices: Choices) -> None:
    """A record, changed."""
    with world.case() as folder:
        kind = choices.of(["file-system", "chunked-fs"])
        shutil.move(folder / kind, folder / "log")
        (folder / "config.yaml").write_text(_CONFIGURATION % kind)
        files = sorted(f for f in (folder / "log").rglob("*") if f.suffix in (".json", ".jsonl"))
        for _ in range(1 + choices.below(2)):
            file = choices.of(files)
            file.write_bytes(changed_lines(file.read_bytes(), choices))
        name, step = f"of-{kind}", choices.of(["a", "m", "m.0.b", "s"])
        commands = [
            *(("runs",), ("runs", "--format", "json"), ("show", name), ("show", name, step), ("fsck",)),
            *(
                ("show", name, "--format", "json"),
                ("show", "latest"),
                ("logs", name, step),
                ("report", name, "-o", "-"),
            ),
            *(("report", name, name, "--logs", "all", "-o", "r.html"), ("fsck", "--repair")),
            *(("explain-cache", name, step), ("replay", name, step, "--save-as-test=t.py"), ("retry", name)),
        ]
        run(*choices.of(commands), "-c", "config.yaml")


def configuration(world: World, choices: Choices) -> None:
    """A configuration file, changed."""
    with world.case() as folder:
        text = (_CONFIGURATION % choices.of(["file-system", "chunked-fs", "buffered", "x"])).encode()
        (folder / "config.yaml").write_bytes(changed_yaml(text, choices))
        command = choices.of([("check", "pipe.py"), ("runs",), ("compile", "pipe.py"), ("show", "latest")])
        run(*command, "-c", "config.yaml")


def parameters(world: World, choices: Choices) -> None:
    """A parameters file, changed."""
    with world.case() as folder:
        file = folder / "parameters.yaml"
        file.write_bytes(changed_yaml(file.read_bytes(), choices))
        command = choices.of([("check", "pipe.py"), ("compile", "pipe.py"), ("run", "pipe.py")])
        run(*command, "-p", "parameters.yaml")


def notebooks(world: World, choices: Choices) -> None:
    """A notebook, changed."""
    with world.case() as folder:
        (folder / "pipe.py").write_text(_PIPELINE)
        document = json.loads(json.dumps(_NOTEBOOK))
        document["cells"][choices.below(3)]["source"] = choices.of(_SOURCES)
        for _ in range(choices.below(3)):
            document = changed_value(document, choices)
        data = json.dumps(document).encode()
        (folder / "n.ipynb").write_bytes(changed_bytes(data, choices) if choices.below(3) == 0 else data)
        run(*choices.of([("check", "pipe.py"), ("compile", "pipe.py")]))


def manifests(world: World, choices: Choices) -> None:
    """A manifest that a pipeline is compared with, changed."""
    with world.case() as folder:
        file = choices.of(sorted((folder / "manifests").glob("*.yaml")))
        file.write_bytes(changed_yaml(file.read_bytes(), choices))
        run("diff", "pipe.py", "--against", "manifests", "--format", choices.of(["text", "json"]))


def changed_yaml(text: bytes, choices: Choices) -> bytes:
    """A YAML file with its bytes, or a value in it, changed."""
    import yaml

    if choices.below(2):
        return changed_bytes(text, choices)
    documents = list(yaml.safe_load_all(text))
    at = choices.below(len(documents))
    documents[at] = changed_value(documents[at], choices)
    return json.dumps(documents[at]).encode() if len(documents) == 1 else yaml.safe_dump_all(documents).encode()


TARGETS: dict[str, Callable[[World, Choices], None]] = {
    "records": records,
    "configuration": configuration,
    "parameters": parameters,
    "notebooks": notebooks,
    "manifests": manifests,
}


def one(world: World, data: bytes, targets: list[str]) -> str:
    """One case; the first byte chooses the target. The target's name. Raises Failure."""
    choices = Choices(data)
    name = choices.of(targets)
    modules = set(sys.modules)
    try:
        TARGETS[name](world, choices)
    finally:
        for left in set(sys.modules) - modules:
            if "pipe" in left:
                del sys.modules[left]
    return name
