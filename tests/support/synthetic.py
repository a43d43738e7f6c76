"""Records of runs that never were, of any size and shape, for tests of what is shown of runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from runnable_runtime.records.origin import Machine, Origin
from runnable_runtime.records.records import AttemptRecord, Kind, RunRecord, Status, StepRecord, in_order

BEGAN = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOSTILE = (
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'>",
    "\"><svg onload=window.hacked=1>' --><!--",
    "\x1b]52;c;YQ==\x07\x1b[2J\u202egnp.exe\x00",
    "&lt;b&gt; javascript:window.hacked=1",
    "\ud800 {{7*7}} ${7*7} </style><style>*{display:none}</style>",
)
"""Texts that do something where they are not taken for text."""


def at(seconds: float) -> str:
    """A recorded time, so many seconds after a run has begun."""
    return (BEGAN + timedelta(seconds=seconds)).isoformat(timespec="microseconds")


def step(
    path: str,
    place: tuple[int, ...],
    start: float,
    end: float | None,
    kind: Kind = Kind.PYTHON,
    status: Status = Status.SUCCEEDED,
    **attempt: Any,
) -> StepRecord:
    """A step from one second to another; a task has one attempt, with the fields `attempt`."""
    times = {"started": at(start), "ended": None if end is None else at(end)}
    message = attempt.get("message", "")
    one = AttemptRecord(number=1, status=status, **times, **attempt)
    composite = kind in (Kind.MAP, Kind.PIPELINE, Kind.PARALLEL, Kind.LOOP, Kind.CONDITIONAL)
    return StepRecord(
        path=path, kind=kind, place=place, status=status, message=message, attempts=() if composite else (one,), **times
    )


def run(*steps: StepRecord, status: Status = Status.SUCCEEDED, **fields: Any) -> RunRecord:
    """The record of a run with these steps."""
    last = max((one.ended for one in steps if one.ended), default=at(1))
    given = {"run_id": "calm-fjord", "pipeline": "orders", "started": at(0), "ended": last, **fields}
    return RunRecord(status=status, steps=in_order(steps), **given)


def wide(items: int, failing: Mapping[int, str] = {}) -> RunRecord:
    """A run of a Map with so many items of three tasks each; `failing` are messages of those that fail."""
    status = Status.FAILED if failing else Status.SUCCEEDED
    steps = [step("list", (0,), 0, 1, outputs={"shops": list(range(20))})]
    steps.append(step("each", (1,), 1, items, Kind.MAP, status))
    for item in range(items):
        path, place, start = f"each.{item}", (1, item), 1 + item * 0.9
        ended = Status.FAILED if item in failing else Status.SUCCEEDED
        message = {"message": failing[item], "trace": f"Traceback\n{failing[item]}"} if item in failing else {}
        steps.append(step(path, place, start, start + 0.9, Kind.PIPELINE, ended))
        steps.append(step(f"{path}.clean", (*place, 0), start, start + 0.2, inputs={"shop": item}, outputs={"n": item}))
        steps.append(
            step(f"{path}.fit", (*place, 1), start + 0.2, start + 0.7, status=ended, inputs={"shop": item}, **message)
        )
        score = {"outputs": {"auc": round(0.7 + item % 20 / 100, 4)}, "metrics": ("auc",)}
        steps.append(step(f"{path}.score", (*place, 2), start + 0.7, start + 0.9, Kind.SHELL, **score))
    return run(*steps, status=status)


def hostile() -> RunRecord:
    """A run in which every text that a record can hold is an attack."""
    attack = " ".join(HOSTILE)
    files = ({"path": f"{attack}.png", "stage": "put", "sha256": attack, "size": 10},)
    fields: dict[str, Any] = {
        "inputs": {attack: attack},
        "outputs": {attack: {attack: [attack]}},
        "metrics": (attack,),
        "files": files,
        "code": attack,
    }
    about = dict.fromkeys(("host", "pod", "node", "image", "digest"), attack)
    fields["machine"] = Machine(**about)
    failed = {"message": attack, "trace": attack, "log": attack, "reused": attack, **fields}
    steps = [
        step(HOSTILE[0], (0,), 0, 1, **fields),
        step(HOSTILE[1], (1,), 1, 3, Kind.PARALLEL, Status.FAILED),
        step(f"{HOSTILE[1]}.{HOSTILE[2]}", (1, 0), 1, 3, Kind.PIPELINE, Status.FAILED),
        step(f"{HOSTILE[1]}.{HOSTILE[2]}.{HOSTILE[3]}", (1, 0, 0), 1, 3, status=Status.FAILED, **failed),
        step(HOSTILE[4], (2,), 3, 4, Kind.NOTEBOOK, notebook=attack, **fields),
    ]
    return run(
        *steps,
        status=Status.FAILED,
        run_id=attack,
        pipeline=attack,
        tag=attack,
        source=attack,
        configuration=attack,
        message=attack,
        parameters={attack: attack},
        code={attack: {attack: attack}},
        origin=Origin(**dict.fromkeys(("user", "host", "command", "version", "commit"), attack)),
        edges={"": [[HOSTILE[0], HOSTILE[1]], [attack, attack, "failure"]]},
        workflow="",
    )
