"""A kernel that is forked of the run's nursery is as one that is started, and each is a new one."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runnable.executors.local.kernels import has_several_notebooks
from runnable.executors.local.run import run
from runnable.executors.settings import LocalSettings
from runnable.ir.nodes import BODY, FanOut, Graph, NotebookRun, Reads, Task
from runnable_runtime.process.kernel_nursery import refuses
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.records.records import RunRecord, Status, StepRecord
from tests.support.local_runs import open_store, program

pytest.importorskip("nbclient")

PASSING = ("$JPY_PARENT_PID", "$JPY_SESSION_NAME", "$RUNNABLE_RUN_ID", "$RUNNABLE_SESSION_MARK")
LOOK = """
import os, random, resource, signal, sys, threading, warnings
seen = dict(
    path=[place for place in sys.path],
    argv=[word.rpartition("/")[2] for word in sys.argv],
    variables={name: value for name, value in os.environ.items() if "runnable-" not in value},
    names=sorted(set(globals()) - {"seen"}),
    main=[__name__, type(sys.modules["__main__"]).__name__, sys.modules["__main__"].__dict__ is globals()],
    threads=sorted(type(one).__name__ for one in threading.enumerate()),
    flags=[str(sys.flags), str(sys._xoptions), sys.executable, sys.getdefaultencoding(), sys.stdout.encoding],
    place=[os.getcwd(), os.getsid(0) == os.getpid(), os.umask(0o22)],
    handlers=[str(signal.getsignal(number)) for number in range(1, 20)],
    limits=[resource.getrlimit(number) for number in range(10)],
    filters=[str(one) for one in warnings.filters],
    modules=[name for name in ("numpy", "pandas", "helper", "runnable", "__mp_main__") if name in sys.modules],
)
leftover = 1
"""
PRINTS = """
import ctypes
print("by python")
os.write(1, b"by descriptor\\n")
ctypes.CDLL(None).puts(b"by C"); ctypes.CDLL(None).fflush(None)
from helper import doubled
item_doubled, pid, chance = doubled(item), os.getpid(), random.random()
"""


def notebook(path: Path, *cells: str) -> None:
    found = [
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "id": f"c{number}",
            "source": cell,
        }
        for number, cell in enumerate(cells)
    ]
    path.write_text(json.dumps({"cells": found, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


def executed(folder: Path, *, warm: bool, returns: tuple[str, ...], items: int = 2, **options: Any) -> list[StepRecord]:
    (folder / "helper.py").write_text("def doubled(item):\n    return 2 * item\n")
    task = Task("nb", NotebookRun("nb.ipynb"), Reads(everything=True), tuple(map(ReturnSpec, returns)))
    body = Graph(BODY, (task,))
    pipeline = replace(program(FanOut("m", body, "items", "item"), items=list(range(items))), root=str(folder))
    settings = LocalSettings(warm_kernels=warm, **options)
    record: RunRecord = run(pipeline, {}, settings, open_store(folder / f"warm-{warm}"))
    return [step for path, step in record.steps.items() if path.endswith(".nb")]


def test_a_forked_kernel_has_what_a_started_one_has(tmp_path: Path) -> None:
    notebook(tmp_path / "nb.ipynb", LOOK, PRINTS)
    names = ("seen", "item_doubled", "pid", "chance")
    warm, cold = (executed(tmp_path, warm=one, returns=names) for one in (True, False))
    assert [step.message for step in (*warm, *cold)] == [""] * 4
    for one, other in zip(warm, cold, strict=True):
        assert differing(one.outputs["seen"], other.outputs["seen"]) == {}
        assert one.outputs["item_doubled"] == other.outputs["item_doubled"]
        assert log(tmp_path / "warm-True", one) == log(tmp_path / "warm-False", other) != ""
        assert one.attempts[0].used is not None
        assert (one.attempts[0].used.cpu or 0) > 0.05, "that of the kernel counts"
    assert len({step.outputs["pid"] for step in (*warm, *cold)}) == 4
    assert len({step.outputs["chance"] for step in warm}) == 2


def differing(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What two kernels have seen differently, but for what names a run or a process."""
    named = [dict(seen, **{f"${name}": value for name, value in seen["variables"].items()}) for seen in (one, other)]
    for seen in named:
        for name in ("variables", *PASSING):
            seen.pop(name, None)
    keys = dict.fromkeys((*named[0], *named[1]))
    return {name: (named[0].get(name), named[1].get(name)) for name in keys if named[0].get(name) != named[1].get(name)}


def log(folder: Path, step: StepRecord) -> str:
    [found] = folder.glob(f"*/{step.attempts[0].log}")
    return found.read_text()


ENDS = ("raise ValueError('no')", "exit(3)", "import os; os.kill(os.getpid(), 9)", "exit(0)")


def test_it_ends_as_a_started_one(tmp_path: Path) -> None:
    notebook(tmp_path / "nb.ipynb", f"exec({ENDS!r}[item])")
    warm, cold = (
        [(step.status, step.message) for step in executed(tmp_path, warm=one, returns=(), items=len(ENDS))]
        for one in (True, False)
    )
    assert warm == cold
    assert [status for status, _ in warm] == [Status.FAILED, Status.FAILED, Status.FAILED, Status.SUCCEEDED]


def test_what_an_interpreter_reads_at_its_start_is_for_one_that_is_started(tmp_path: Path) -> None:
    folder = str(tmp_path)
    assert not refuses({"A": "1", "PYTHONPATH": folder}, {"A": "2"}, [folder])
    assert refuses({"PYTHONUTF8": "1"}, {}, [folder])
    assert refuses({}, {"LC_ALL": "C"}, [folder])
    (tmp_path / "helper.py").touch()
    assert not refuses({}, {}, [folder])
    (tmp_path / "sitecustomize.py").touch()
    assert refuses({}, {}, [folder])
    (tmp_path / "sitecustomize.py").rename(tmp_path / "json.py")
    assert refuses({}, {}, [folder]), "the kernel's own modules would import this one"


def test_a_kernel_ends_with_the_worker_that_asked_for_it(tmp_path: Path) -> None:
    cell = f"import os, time\nopen({str(tmp_path / 'pids')!r}, 'a').write(f'{{os.getpid()}} {{os.getppid()}}\\n')\n"
    notebook(tmp_path / "nb.ipynb", cell + "os.kill(os.getppid(), 0)\nnever = 1")
    steps = executed(tmp_path, warm=True, returns=("never",), items=3, enable_parallel=True, max_workers=2)
    assert {step.status for step in steps} == {Status.SUCCEEDED}
    pids, parents = zip(*(line.split() for line in (tmp_path / "pids").read_text().splitlines()), strict=True)
    assert len(set(pids)) == 3
    assert len(set(parents)) == 1, "they are forks of one nursery"
    for pid in (*pids, *parents):
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), signal.SIG_DFL)


def test_one_notebook_starts_its_kernel_itself() -> None:
    task = Task("nb", NotebookRun("nb.ipynb"), Reads(everything=True), ())
    assert not has_several_notebooks(program(task))
    assert has_several_notebooks(program(FanOut("m", Graph(BODY, (task,)), "items", "item"), items=[1]))
