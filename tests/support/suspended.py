"""Stop a run for seconds to minutes, as a laptop's lid does, while another host wants to go on with it.

What must hold is asserted at the end: of what the first had recorded as ended when the other began, nothing ran again;
each host did each step once at most; the record has the right result; no process is left.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from runnable_runtime.records.records import Status
from tests.support.killed_program import RESULT, TASKS
from tests.support.kills import PROGRAM, finished_tasks, names_of, store_of

CLOCKS = (0, -600, 600)
"""Seconds by which the other host's clock is off."""


@dataclass
class Outcomes:
    """How the suspended runs ended."""

    seconds: list[float] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    """Steps that both hosts did, since they were under way in the stopped processes when the other took over."""


def suspend(folder: Path, configuration: str, seed: int, seconds: float, outcomes: Outcomes) -> bool:
    """One run that is stopped at a random moment for so long, while another host retries it all the time.

    Returns False where the run had come to its end before it could be stopped.
    """
    chance = random.Random(seed)
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(configuration)
    first = _start(folder, "first", {"RUNNABLE_RUN_ID": "r"})
    _until_recorded(folder, first)
    time.sleep(chance.uniform(0, 0.7))
    _signal_all(folder, "first", signal.SIGSTOP)
    if first.poll() is not None:
        return False
    until = time.monotonic() + seconds
    taken = _retry_meanwhile(folder, until, chance.choice(CLOCKS))
    time.sleep(max(0.0, until - time.monotonic()))
    _signal_all(folder, "first", signal.SIGCONT)
    ended = first.wait(120)
    if taken is None and ended:  # neither of the two has come to the end
        raise AssertionError((folder / "first.err").read_text())
    outcomes.seconds.append(seconds)
    outcomes.ends[f"{'other' if taken is not None else 'first'} ended it, the first with {ended}"] += 1
    outcomes.under_way += _check(folder, taken)
    return True


def _retry_meanwhile(folder: Path, until: float, clock: int) -> set[str] | None:
    """What had ended when the other host began the session that came to the end; None where none did."""
    while time.monotonic() < until:
        before = _ended(folder)
        other = _start(folder, "other", {"RUNNABLE_RETRY_RUN_ID": "r"}, clock)
        if other.wait(300) == 0:
            return before
        error = (folder / "other.err").read_text()
        if "RN904" not in error and "RN907" not in error:  # it is alive, or nothing is left to do
            raise AssertionError(error)
        time.sleep(3)
    return None


def _check(folder: Path, taken: set[str] | None) -> int:
    """Assert what must hold in the end; returns how many steps both hosts did."""
    lines = [line.split("\t") for line in (folder / "did").read_text().splitlines()]
    did = {host: Counter(task for task, by in lines if by == host) for host in ("first", "other")}
    twice = {host: [task for task, times in found.items() if times > 1] for host, found in did.items()}
    assert twice == {"first": [], "other": []}, "a host does a step once"
    assert not (taken or set()) & set(did["other"]), "what has ended is not done again"
    assert set(did["first"]) | set(did["other"]) == set(TASKS)
    record = store_of(folder).read("r")
    assert record.status is Status.SUCCEEDED, record.header_to_json()
    assert record.steps["end"].outputs == {"result": RESULT}
    assert not _processes(folder, ""), "no process is left"
    return sum(task in did["other"] for task in did["first"])


def _start(folder: Path, host: str, variables: dict[str, str], clock: int = 0) -> subprocess.Popen[bytes]:
    """The program as on a host of that name, with a clock of its own."""
    environment = {
        **os.environ,
        **variables,
        "RUNNABLE_CONFIGURATION_FILE": str(folder / "config.yaml"),
        "RUNNABLE_PROGRESS": "none",
        "CLOCK_OFF": str(clock),
    }
    # A host of its own sees no processes of others: with those of the first, it would wait for their end (RN914).
    command = ["unshare", "--uts", "--pid", "--fork", "--mount-proc", "--kill-child"]
    command += ["sh", "-c", 'hostname "$0" && "$@"; exit $?', host]
    with (folder / f"{host}.err").open("w") as stderr:
        return subprocess.Popen(
            [*command, sys.executable, str(PROGRAM), str(folder), host],
            env=environment,
            stderr=stderr,
            start_new_session=True,
        )


def _until_recorded(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while not store_of(folder).runs():
        assert process.poll() is None, (folder / "first.err").read_text()
        assert time.monotonic() < deadline, "the run does not begin"
        time.sleep(0.05)


def _ended(folder: Path) -> set[str]:
    """The tasks that are recorded as ended, as they note themselves."""
    return names_of(finished_tasks(store_of(folder)))


def _signal_all(folder: Path, host: str, number: int) -> None:
    """To all processes of that host, until none is left that did not get it: it may just be starting some."""
    reached: set[int] = set()
    while missing := set(_processes(folder, host)) - reached:
        for pid in missing:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        reached |= missing


def _processes(folder: Path, host: str) -> list[int]:
    """The processes of that host's run; of all hosts where it is empty."""
    ending = f"{folder}\0{host}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
            if str(PROGRAM).encode() in command and ending in command and not _is_dead(entry):
                found.append(int(entry.name))
    return found


def _is_dead(entry: Path) -> bool:
    return (entry / "stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z"
