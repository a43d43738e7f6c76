"""A worker is sent only how a task differs from the one before it; what it runs is what the scheduler made."""

from __future__ import annotations

import os
import socket
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from runnable.execution.launcher import TaskStart
from runnable.executors.local.worker_messages import Inbox, encode_task, hand_over, hand_over_like, take_back
from runnable.ir.nodes import PythonCall
from runnable.ir.options import Options
from runnable_runtime.protocol import Argument, Lookup, ReturnSpec, Room, TaskSpec
from runnable_runtime.redaction import Redactor
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.stores.storage import ON_THIS_MACHINE, Storage
from runnable_runtime.values.reference import Reference

REFERENCE = Reference(".runnable/objects/x", "0" * 64, 3, "json", "list")
TASK = TaskStart(
    action=PythonCall("steps", "work"),
    spec=TaskSpec("python", "steps:work", "m.0.work", (ReturnSpec("found"),)),
    attempt=1,
    parameters={"number": 0},
    environment={"A": "1"},
    project=Path("/project"),
    options=Options(),
    storage=Storage(run_id="run", step="m.0.work"),
)
OTHERS: dict[type, dict[str, Any]] = {
    TaskStart: {
        "action": PythonCall("steps", "other"),
        "attempt": 2,
        "parameters": {"number": 7, "items": [1, {"a": None}], "large": REFERENCE},
        "environment": {"A": "2"},
        "project": Path("/another"),
        "options": Options(retry=3),
        "timeout": 3.5,
        "log": None,
        "notebook": Path("executed.ipynb"),
        "redactor": Redactor({"TOKEN": "a-secret-of-eight"}),
        "folder": Path("/another"),
    },
    TaskSpec: {
        "kind": "reduce",
        "target": "steps:other",
        "name": "m.7.work",
        "copy": False,
        "reports": True,
        "stream_end": "end",
        "place": (1, 2),
        "returns": (ReturnSpec("other"),),
        "room": Room(1),
        "arguments": (Argument("a", 1),),
        "lookup": Lookup("digest"),
    },
    Storage: {
        "store": StoreSettings("/store"),
        "run_id": "another",
        "step": "m.7.work",
        "attempt": 2,
        "folder": "data",
        "limits": ON_THIS_MACHINE,
        "in_memory": True,
    },
}


def changed() -> list[tuple[str, TaskStart]]:
    """The task with each of its fields, and each of those of its spec and storage, as another one could have it."""
    found = []
    for inner, name in ((TaskStart, ""), (TaskSpec, "spec"), (Storage, "storage")):
        for field in fields(inner):
            if field.name in ("spec", "storage") and inner is TaskStart:
                continue
            value = OTHERS[inner].get(field.name, ("something",))
            part = {field.name: value} if not name else {name: replace(getattr(TASK, name), **{field.name: value})}
            found.append((f"{name}.{field.name}", replace(TASK, **part)))
    return found


@pytest.mark.parametrize("task", [pytest.param(task, id=name) for name, task in changed()])
def test_whatever_a_task_differs_in_is_what_the_worker_gets(task: TaskStart) -> None:
    mine, its = socket.socketpair()
    with mine, its:
        inbox, files = Inbox(its), list[int]()
        hand_over(mine.fileno(), encode_task(TASK, {}), files)
        assert inbox.next() == (TASK, {})
        if not hand_over_like(mine.fileno(), task, TASK):
            hand_over(mine.fileno(), encode_task(task, {}), files)
        got = inbox.next()
        assert got is not None
        expected = replace(task, redactor=got[0].redactor) if task.redactor else task  # which is no value
        assert got == (expected, {})


def test_items_of_a_map_are_sent_as_what_they_differ_in() -> None:
    mine, its = socket.socketpair()
    with mine, its:
        task = replace(
            TASK,
            spec=replace(TASK.spec, name="m.7.work"),
            parameters={"number": 7},
            storage=replace(TASK.storage, step="m.7.work"),
        )
        assert hand_over_like(mine.fileno(), task, TASK)
        assert len(its.recv(4096)) < len(encode_task(task, {})) / 4


def test_what_the_socket_does_not_hold_is_not_sent_so() -> None:
    mine, its = socket.socketpair()
    with mine, its:
        assert not hand_over_like(mine.fileno(), replace(TASK, parameters={"text": "x" * 100_000}), TASK)
        its.setblocking(False)
        with pytest.raises(BlockingIOError):
            its.recv(1)


def test_what_a_worker_has_not_read_is_taken_back_by_its_path_whoever_reads_meanwhile() -> None:
    mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with mine, its:
        inbox, files = Inbox(its), []
        hand_over(mine.fileno(), encode_task(TASK, {}), files)
        numbers = [replace(TASK, spec=replace(TASK.spec, name=f"m.{number}.work")) for number in range(4)]
        for before, task in pairwise([TASK, *numbers]):
            assert hand_over_like(mine.fileno(), task, before)
        assert inbox.next() is not None
        assert take_back(its.fileno()) == [task.path for task in numbers]
        assert take_back(its.fileno()) == []
        large = replace(TASK, parameters={"number": "x" * 100_000})
        hand_over(mine.fileno(), encode_task(large, {}), files)
        hand_over(mine.fileno(), encode_task(TASK, {}), files)
        assert take_back(its.fileno()) == [TASK.path] * 2
    for file in files:
        os.close(file)
