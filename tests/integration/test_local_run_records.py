"""Where a run's record, logs and notebooks are kept, and what happens when they cannot be."""

from __future__ import annotations

import errno
import json
import time
from datetime import datetime
from pathlib import Path
from types import ModuleType

import pytest

from runnable.diagnostics.errors import ConfigurationError, OutputError
from runnable.executors.local.run import run
from runnable.executors.settings import LocalSettings
from runnable.ir.nodes import BODY, FanOut, Graph, NotebookRun, Program, Reads, Task
from runnable.runs.stores import file_system, part_files
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.records.records import Status
from tests.support.local_runs import call, execute, open_store, parallel, program, shell, stub


def test_a_run_in_memory_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store(tmp_path, "buffered")
    record = run(program(call("t", returns="x")), {"functions:t": lambda: print("hello") or 1}, LocalSettings(), store)
    assert store.read(record.run_id) == record
    assert record.steps["t"].outputs == {"x": 1}
    assert record.steps["t"].attempts[0].log is None
    assert list(tmp_path.iterdir()) == []


def test_a_run_s_id_is_not_used_twice(tmp_path: Path) -> None:
    execute(program(stub("s")), {}, tmp_path, run_id="mine")
    with pytest.raises(ConfigurationError, match="RN405"):
        execute(program(stub("s")), {}, tmp_path, run_id="mine")


def test_the_record_has_the_tag_and_the_parameters(tmp_path: Path) -> None:
    record = execute(program(stub("s"), x={"y": [1]}), {}, tmp_path, tag="nightly")
    assert (record.tag, record.parameters, record.pipeline) == ("nightly", {"x": {"y": [1]}}, "pipeline")


def test_nothing_runs_when_the_record_cannot_be_started(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran: list[int] = []
    with pytest.raises(OutputError, match="cannot write the run's record"):
        execute(program(call("t")), {"t": lambda: ran.append(1)}, tmp_path / "file")
    assert ran == []


def test_a_record_that_cannot_be_written_any_more_ends_the_run_with_a_clear_error(tmp_path: Path) -> None:
    def lose() -> None:
        (tmp_path / "log" / "mine" / "steps").rename(tmp_path / "elsewhere")

    ran: list[int] = []
    pipeline = program(parallel("p", a=(call("lose"),), b=(stub("s"),)), call("after"))
    with pytest.raises(OutputError, match="cannot write the run's record in "):
        execute(
            pipeline, {"lose": lose, "after": lambda: ran.append(1)}, tmp_path / "log", concurrent=True, run_id="mine"
        )
    assert ran == []


@pytest.mark.parametrize("concurrent", [False, True], ids=["sequential", "concurrent"])
def test_an_executed_notebook_is_kept_beside_the_logs(tmp_path: Path, concurrent: bool) -> None:
    pytest.importorskip("nbclient")
    cell = {
        "cell_type": "code",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "id": "a",
        "source": "y = x + 1",
    }
    document = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "nb.ipynb").write_text(json.dumps(document))
    task = Task("nb", NotebookRun("nb.ipynb"), Reads(everything=True), (ReturnSpec("y"),))
    graph = Graph("pipeline", (parallel("p", a=(task,), b=(stub("s"),)),))
    one = Program("pipeline", graph, {"x": 41}, root=str(tmp_path))
    record = execute(one, {}, tmp_path / "log", concurrent=concurrent)
    attempt = record.steps["p.a.nb"].attempts[0]
    assert attempt.outputs == {"y": 42}
    assert attempt.notebook == "notebooks/p.a.nb.1.ipynb"
    assert "y = x + 1" in Path(record.folder, attempt.notebook).read_text()


def test_a_shell_in_a_map_is_given_the_whole_list_and_its_record_has_the_item(tmp_path: Path) -> None:
    body = Graph(BODY, (shell("t", 'export out="$items"', returns="out"),))
    record = execute(program(FanOut("m", body, "items", "item"), items=[1, 2], x=3), {}, tmp_path)
    assert record.steps["m.1.t"].outputs == {"out": [1, 2]}
    assert record.steps["m.1.t"].attempts[0].inputs == {"item": 2, "x": 3}


@pytest.mark.parametrize("kind", ["file-system", "chunked-fs"])
def test_the_end_of_a_task_is_durable_before_what_follows_it_starts(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    for module in (file_system, part_files):
        monkeypatch.setattr(module, "sync_file", lambda descriptor: done.append("sync"))
    functions = {"a": lambda: done.append("a"), "b": lambda: done.append("b")}
    pipeline = program(parallel("p", x=(call("a"),)), call("b"))
    store = open_store(tmp_path, kind)
    run(pipeline, {f"functions:{n}": f for n, f in functions.items()}, LocalSettings(), store)
    assert done[done.index("a") : done.index("b")] == ["a", "sync"], "once: the ends of composites follow from it"
    assert done[done.index("b") :] == ["b", "sync", "sync"], "the task's, and the run's"


@pytest.mark.parametrize(("kind", "module"), [("file-system", file_system), ("chunked-fs", part_files)])
def test_tasks_that_wait_for_a_worker_start_while_ends_are_made_durable_and_what_follows_them_does_not(
    kind: str, module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[float] = []

    def slow(descriptor: int) -> None:
        time.sleep(0.2)
        synced.append(time.time())

    monkeypatch.setattr(module, "sync_file", slow)
    body = Graph(BODY, (call("item"),))
    pipeline = program(FanOut("m", body, "items", "item"), call("after"), items=list(range(24)))
    functions = {"functions:item": lambda: None, "functions:after": lambda: None}
    settings = LocalSettings(enable_parallel=True, max_workers=2)
    record = run(pipeline, functions, settings, open_store(tmp_path, kind))
    items = [step.attempts[0] for path, step in record.steps.items() if path.endswith(".item")]
    assert {one.status for one in items} == {Status.SUCCEEDED}
    assert len(items) == 24
    assert kind == "chunked-fs" or len(synced) - 3 < 24, "the run's begin, `after`, and the run's end have one each"
    after = record.steps["after"].attempts[0]
    assert max(as_seconds(one.ended) for one in items) + 0.2 <= as_seconds(after.started), "a sync has begun since"
    assert any(as_seconds(after.started) - 0.2 < moment <= as_seconds(after.started) for moment in synced)


def test_an_end_that_cannot_be_made_durable_ends_the_run_with_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []

    def fails(descriptor: int) -> None:
        done.append(descriptor)
        if len(done) == 2:
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(file_system, "sync_file", fails)
    pipeline = program(FanOut("m", Graph(BODY, (call("item"),)), "items", "item"), items=list(range(50)))
    settings = LocalSettings(enable_parallel=True, max_workers=2)
    with pytest.raises(OutputError, match="Input/output error"):
        run(pipeline, {"functions:item": lambda: None}, settings, open_store(tmp_path, "file-system"))


def as_seconds(recorded: str | None) -> float:
    return datetime.fromisoformat(recorded or "").timestamp()
