"""`kill -9` of a run and of its workers while items wait in these: none runs twice in a session, none unrecorded."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL

import pytest

from tests.support.kills import finished_tasks, store_of
from tests.support.quick_program import ITEMS

PROGRAM = Path(__file__).parents[1] / "support" / "quick_program.py"
CONFIGURATION = (
    "pipeline-executor: {type: local, enable_parallel: true, max_workers: 3}\n"
    "run-log-store: {type: %s, log_folder: %s/log}\n"
)
MANY = int(os.environ.get("RUNNABLE_KILLS", "100"))


@pytest.mark.crash
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["file-system", "chunked-fs"])
def test_items_that_wait_in_workers(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kills: Counter[str] = Counter()
    seed = 0
    while kills.total() < MANY:
        folder = tmp_path / str(seed)
        folder.mkdir()
        (folder / "config.yaml").write_text(CONFIGURATION % (kind, folder))
        kill_until_it_ends(folder, random.Random(seed), kills)
        seed += 1
    with capsys.disabled():
        print(f"\n{kind}, quick items: killed {dict(kills)} in {seed} runs")


def kill_until_it_ends(folder: Path, chance: random.Random, kills: Counter[str]) -> None:
    store = store_of(folder)
    for session in range(100):
        before = finished_tasks(store)
        code = one_session(folder, session, bool(store.runs()), chance, kills)
        after, ran = finished_tasks(store), [item for item, _ in of_session(folder, session)]
        assert [item for item, times in Counter(ran).items() if times > 1] == [], "twice in a session"
        assert before.items() <= after.items(), "what has finished is finished for ever"
        assert [item for item in ran if f"m.{item}.quick" in before] == [], "what has finished does not run again"
        if store.runs():
            steps = store.read("r").steps
            assert [item for item in ran if not steps[f"m.{item}.quick"].attempts] == [], "what has run has an attempt"
        if code == 0:
            assert after == {f"m.{item}.quick": {"y": item * 2} for item in range(ITEMS)}
            return
        assert code in (1, -SIGKILL), (folder / "stderr").read_text()
    raise AssertionError("the run comes to no end")


def one_session(folder: Path, session: int, again: bool, chance: random.Random, kills: Counter[str]) -> int:
    """Start or resume, kill the run or some of its workers; the exit code. Nothing of it is alive afterwards."""
    mark = f"KILLED_SESSION={folder}-{session}"
    environment = {
        **os.environ,
        "RUNNABLE_CONFIGURATION_FILE": str(folder / "config.yaml"),
        "RUNNABLE_PROGRESS": "none",
        "RUNNABLE_RETRY_RUN_ID" if again else "RUNNABLE_RUN_ID": "r",
        "SESSION": str(session),
        **dict([mark.split("=", 1)]),
    }
    victim, left = chance.choice([("run", 1), ("worker", 3), ("nobody", 0)])
    with (folder / "stderr").open("a") as stderr:
        run = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(folder)], env=environment, stdout=stderr, stderr=stderr
        )
    moment = time.monotonic() + chance.uniform(0.1, 0.7)
    while run.poll() is None:
        if left and time.monotonic() > moment:
            workers = (
                [run.pid] if victim == "run" else list({pid for _, pid in of_session(folder, session)} & alive(mark))
            )
            if workers:
                with suppress(ProcessLookupError):
                    os.kill(chance.choice(workers), SIGKILL)
                    kills[victim] += 1
                left -= 1
                moment = time.monotonic() + chance.uniform(0.01, 0.1)
        time.sleep(0.003)
    deadline = time.monotonic() + 20
    while alive(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(mark), "what a run leaves ends with it"
    return run.wait()


def of_session(folder: Path, session: int) -> list[tuple[int, int]]:
    """The items that have run in it, with their processes."""
    file = folder / "ran"
    lines = [line.split() for line in file.read_text().splitlines()] if file.exists() else []
    return [(int(item), int(pid)) for of, item, pid in lines if of == str(session)]


def alive(mark: str) -> set[int]:
    """The processes with that variable."""
    found = set()
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark.encode() in (place / "environ").read_bytes().split(b"\0"):
                found.add(int(place.name))
    return found
