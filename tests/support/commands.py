"""Commands and scripts in processes of their own, forked from one that has imported everything.

An interpreter needs longer to start, with pydantic and Argo's models, than most commands need to do their work.
What a process does at its start and with its end by a signal is seen with `subprocess` instead.
"""

import io
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

_SERVER: Any = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.support.preloaded", __name__])
SECONDS = 540
"""After which a command is killed: less than the time-out of a test on a cluster, where commands watch workflows."""


def command(*arguments: object, cwd: str | Path, environment: Mapping[str, str] | None = None) -> CompletedProcess[str]:
    """What `python -m runnable.cli ARGUMENTS` prints and ends with."""
    return _run(["runnable", *map(str, arguments)], cwd, environment)


def script(file: str, *, cwd: str | Path, environment: Mapping[str, str] | None = None) -> CompletedProcess[str]:
    """What `python FILE` prints and ends with."""
    return _run([file], cwd, environment)


def _run(arguments: list[str], cwd: str | Path, environment: Mapping[str, str] | None) -> CompletedProcess[str]:
    variables = dict(os.environ if environment is None else environment)
    names = {name for name in {*variables, *os.environ} if name.startswith("PYTHON")} - {"PYTHONPATH"}
    if any(variables.get(name) != os.environ.get(name) for name in names):
        return _started(arguments, cwd, variables)
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = _SERVER.Process(target=_child, args=(arguments, str(cwd), variables, str(out), str(err)))
        process.start()
        try:
            process.join(SECONDS)
        finally:  # the test's own time-out may come first
            if late := process.exitcode is None:
                process.kill()
        if late:
            raise TimeoutError(f"{arguments} takes longer than {SECONDS} s: {err.read_text()}")
        return CompletedProcess(arguments, process.exitcode, out.read_text(), err.read_text())


def _started(arguments: list[str], cwd: str | Path, environment: Mapping[str, str]) -> CompletedProcess[str]:
    """In an interpreter of its own, which reads its variables when it starts."""
    named = ["-m", "runnable.cli", *arguments[1:]] if arguments[0] == "runnable" else arguments
    return subprocess.run([sys.executable, *named], cwd=cwd, env=environment, capture_output=True, text=True)


def _child(arguments: list[str], cwd: str, environment: Mapping[str, str], out: str, err: str) -> None:
    for file, number in ((out, 1), (err, 2)):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8")  # noqa: SIM115 - to the end
    sys.stderr = io.TextIOWrapper(open(2, "wb", closefd=False), encoding="utf-8", line_buffering=True)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(cwd)
    more = [folder for folder in environment.get("PYTHONPATH", "").split(os.pathsep) if folder]
    sys.path[:0] = [folder for folder in more if folder not in sys.path]
    sys.argv = arguments
    if arguments[0] == "runnable":
        sys.path.insert(0, cwd)
        runpy.run_module("runnable.cli", run_name="__main__")
    else:
        sys.path.insert(0, str(Path(arguments[0]).resolve().parent))
        runpy.run_path(arguments[0], run_name="__main__")
