"""Kill a run again and again, and go on with it, until it has ended; what must hold is asserted on the way."""

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

from runnable.configuration import load_configuration
from runnable.diagnostics.errors import RecordUnusable
from runnable.runs.stores.settings import open_store
from runnable.runs.stores.store import RunLogStore
from runnable_runtime.records.records import COMPOSITES, RunRecord, Status
from tests.support.killed_program import RESULT, TASKS

PROGRAM = Path(__file__).parent / "killed_program.py"
STORES = {
    "file-system": "run-log-store: {type: file-system, log_folder: %s/log}\n",
    "file-system, in workers": (
        "pipeline-executor: {type: local, enable_parallel: true, max_workers: 3}\n"
        "run-log-store: {type: file-system, log_folder: %s/log}\n"
    ),
    "chunked-fs": (
        "pipeline-executor: {type: local, enable_parallel: true, max_workers: 3}\n"
        "run-log-store: {type: chunked-fs, log_folder: %s/log}\n"
    ),
    "chunked-s3": (
        "pipeline-executor: {type: local, enable_parallel: true, max_workers: 3}\n"
        f"run-log-store: {{type: chunked-s3, bucket: %s, endpoint_url: '{os.environ.get('AWS_ENDPOINT_URL', '')}'}}\n"
    ),
}
# In a run one after another there are no workers; what is written to a bucket is not written by this process's calls.
VICTIMS = {
    "file-system": ("run", "writer"),
    "file-system, in workers": ("run", "worker", "writer"),
    "chunked-fs": ("run", "worker", "writer"),
    "chunked-s3": ("run", "worker"),
}


@dataclass
class Tally:
    """What was killed, and what the sessions ended with where they were not."""

    kills: Counter[str] = field(default_factory=Counter)
    ends: Counter[int] = field(default_factory=Counter)
    reads: int = 0


def kill_until_it_ends(folder: Path, configuration: str, seed: int, tally: Tally, victims: tuple[str, ...]) -> int:
    """One run, of which sessions are killed until one comes to its end; returns the number of kills."""
    chance = random.Random(seed)
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(configuration)
    store = store_of(folder)
    kills = 0
    for _ in range(100):
        before = finished_tasks(store)
        did = _did(folder)
        victim = chance.choice(victims) if chance.random() < 0.9 else "nobody"
        code, killed = _session(folder, store, victim, chance, tally)
        kills += killed
        tally.kills[victim] += killed
        if not killed:
            tally.ends[code] += 1
        after = finished_tasks(store)
        assert before.items() <= after.items(), "a finished step is finished for ever, with what it returned"
        again = [task for task, times in _did(folder).items() if task in names_of(before) and times > did[task]]
        assert not again, "what has finished does not run again"
        if code == 0:
            record = store.read("r")
            assert record.status is Status.SUCCEEDED, record.header_to_json()
            assert record.steps["end"].outputs == {"result": RESULT}
            assert set(_did(folder)) == set(TASKS)
            assert not _leftovers(folder)
            return kills
    raise AssertionError("the run comes to no end")


def _session(folder: Path, store: RunLogStore, victim: str, chance: random.Random, tally: Tally) -> tuple[int, bool]:
    """Start or go on, kill the victim at a random moment; the exit code, and whether it came to the kill."""
    environment = {
        **os.environ,
        "RUNNABLE_CONFIGURATION_FILE": str(folder / "config.yaml"),
        "RUNNABLE_PROGRESS": "none",
    }
    environment["RUNNABLE_RETRY_RUN_ID" if store.runs() else "RUNNABLE_RUN_ID"] = "r"
    if victim == "writer":
        environment |= {"DIE_IN_WRITE": str(chance.randint(1, 60)), "DIE_PART": str(chance.random())}
    with (folder / "stderr").open("a") as stderr:
        process = subprocess.Popen([sys.executable, str(PROGRAM), str(folder)], env=environment, stderr=stderr)
        killed = False
        moment = time.monotonic() + chance.uniform(0.2, 2.5)
        seen: dict[str, object] = {}
        try:
            while process.poll() is None:
                if victim in ("run", "worker") and not killed and time.monotonic() > moment:
                    killed = _kill(process.pid, victim)
                seen = _read_along(store, seen, tally)
                time.sleep(0.01)
        finally:
            process.kill()
            process.wait()
    if victim == "writer":
        killed = process.returncode == -signal.SIGKILL
    if process.returncode not in (0, 1, -signal.SIGKILL):
        raise AssertionError((folder / "stderr").read_text())
    return process.returncode, killed


def _kill(pid: int, victim: str) -> bool:
    """Whether there was somebody to kill."""
    target = pid
    if victim == "worker":
        children = Path(f"/proc/{pid}/task/{pid}/children")
        with suppress(OSError):
            found = children.read_text().split()
            if not found:
                return False
            target = int(found[0])
    try:
        os.kill(target, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _read_along(store: RunLogStore, seen: dict[str, object], tally: Tally) -> dict[str, object]:
    """Read while it is written: no read fails, and what was finished stays so."""
    found = finished_tasks(store)
    tally.reads += 1
    lost = {path: _tasks(store).get(path) for path, outputs in seen.items() if found.get(path) != outputs}
    assert not lost, f"what was finished is so no more: {lost}"
    return found


def finished_tasks(store: RunLogStore) -> dict[str, object]:
    """The outputs of the tasks that are recorded as succeeded; none before there is a record."""
    return {path: dict(s.outputs) for path, s in _tasks(store).items() if s.status is Status.SUCCEEDED}


def _tasks(store: RunLogStore) -> dict[str, object]:
    try:
        record: RunRecord = store.read("r")
    except RecordUnusable as error:
        if "there is none in" not in str(error):
            raise
        return {}
    return {path: step for path, step in record.steps.items() if step.kind not in COMPOSITES}


def names_of(finished: dict[str, object]) -> set[str]:
    """What the tasks at these paths note."""
    found = set()
    for path in finished:
        parts = path.split(".")
        found.add(f"{parts[-1]} {parts[1]}" if len(parts) == 3 and parts[1].isdecimal() else parts[-1])
    return found


def _did(folder: Path) -> Counter[str]:
    file = folder / "did"
    return Counter(file.read_text().splitlines()) if file.exists() else Counter()


def _leftovers(folder: Path) -> list[Path]:
    return list((folder / "log").rglob("*.tmp"))


def store_of(folder: Path) -> RunLogStore:
    configuration = load_configuration(str(folder / "config.yaml"))
    return open_store(configuration)
