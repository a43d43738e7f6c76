"""Kernels for the notebooks of a run that are ready when they are needed: forks of a process that was started early."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from runnable.ir.nodes import FanOut, Loop, Node, NotebookRun, Program, Task
from runnable.ir.walk import walk
from runnable_runtime.process.environment import variables
from runnable_runtime.process.kernel_nursery import QUIET
from runnable_runtime.protocol import KERNELS_VARIABLE

_START = """import sys
own = [place for place in sys.path if place]
sys.path[:] = [*own, {root!r}]
from runnable_runtime.process.kernel_nursery import main
main({listening}, {place!r}, own)
"""
_WAITING = 128
"""Notebooks that may wait for the nursery to be ready, at most."""
_END = 0.5
"""Seconds until it must have ended. One that is still importing does not answer, and has no kernels."""


def has_several_notebooks(program: Program) -> bool:
    """Whether a run of `program` executes more than one notebook, as far as is known before."""
    within = [node for _, node in walk(program.graph) if isinstance(node, FanOut | Loop)]
    return sum(map(_notebooks, (program.graph, *within))) > 1


def _notebooks(node: Node) -> int:
    return sum(isinstance(one, Task) and isinstance(one.action, NotebookRun) for _, one in walk(node))


@contextmanager
def ready_kernels() -> Iterator[None]:
    """While the block runs, kernels are forked of a nursery, in this process and in its workers.

    Where there cannot be one, each notebook starts its kernel, as ever.
    """
    place = Path(tempfile.mkdtemp(prefix="runnable-kernels-"), "socket")
    listening = socket.socket(socket.AF_UNIX)
    try:
        listening.bind(str(place))
        listening.listen(_WAITING)
        process = _start(listening, place)
    except OSError:
        process = None
    listening.close()
    if process is None:
        shutil.rmtree(place.parent, ignore_errors=True)
        yield
        return
    try:
        with variables({KERNELS_VARIABLE: str(place)}):
            yield
    finally:
        _end(process)
        shutil.rmtree(place.parent, ignore_errors=True)


def _start(listening: socket.socket, place: Path) -> subprocess.Popen[bytes]:
    root = str(Path(sys.modules["runnable_runtime"].__path__[0]).resolve().parent)
    code = _START.format(root=root, listening=listening.fileno(), place=str(place))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.Popen(
        [sys.executable, "-Xfrozen_modules=off", "-c", code],
        env={**environment, **QUIET},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(listening.fileno(),),
        start_new_session=True,  # signals of the terminal are for the run
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    try:
        process.wait(_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
