"""The live display on a terminal of 80 by 24: a region at the bottom that holds still, whatever is printed above it."""

import os
import pty
import re
import select
import subprocess
import sys
import termios
from pathlib import Path

import pyte
import pytest

COLUMNS, LINES = 80, 24
LONG = "a-branch-with-a-name-that-is-longer-than-a-line-of-a-terminal-usually-is-and-then-some"
PIPELINE = f"""
import time
from runnable import Parallel, Pipeline, PythonTask

def talk():
    for number in range(4):
        print("line", number, "of a task", flush=True)
        time.sleep(0.15)
        print("half", end="", flush=True)
        time.sleep(0.15)
        print(" and half", flush=True)

def branch(number):
    return PythonTask(name=f"{LONG}-{{number}}", function=talk).as_pipeline()

Pipeline(steps=[Parallel(name="p", branches={{f"b{{n}}": branch(n) for n in range(50)}})]).execute(
    configuration_file="config.yaml"
)
"""
CONFIG = (
    "pipeline-executor: {type: local, enable_parallel: true, max_workers: 20}\n"
    "run-log-store: {type: chunked-fs}\ncatalog: {type: do-nothing}\n"
)
COUNTER = re.compile(r"(\d+) of 50 tasks, (\d+) running, \d")


def screens(folder: Path) -> list[list[str]]:
    """What the terminal shows, each time that the run has printed something and pauses, and at the end."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    outer, inner = pty.openpty()
    termios.tcsetwinsize(inner, (LINES, COLUMNS))
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES")}
    run = subprocess.Popen(
        [sys.executable, "p.py"],
        cwd=folder,
        env={**environment, "TERM": "xterm-256color"},
        stdin=inner,
        stdout=inner,
        stderr=inner,
        start_new_session=True,
    )
    os.close(inner)
    found: list[list[str]] = []
    try:
        while select.select([outer], [], [], 60)[0]:
            try:
                data = os.read(outer, 65536)
            except OSError:  # the other end is closed
                break
            if not data:
                break
            stream.feed(data)
            if not select.select([outer], [], [], 0.02)[0]:  # as a person sees it: what is written at once is whole
                found.append([line.rstrip() for line in screen.display])
    finally:
        os.close(outer)
        run.kill() if run.poll() is None and run.wait(60) else None
    assert run.wait(60) == 0
    return [*found, [line.rstrip() for line in screen.display]]  # it ends at once after what it says last


@pytest.mark.slow
def test_fifty_branches_are_a_region_that_holds_still(tmp_path):
    (tmp_path / "p.py").write_text(PIPELINE)
    (tmp_path / "config.yaml").write_text(CONFIG)
    found = screens(tmp_path)
    counted = [(screen, match) for screen in found if (match := next(filter(None, map(COUNTER.search, screen)), None))]
    begun = next(number for number, screen in enumerate(found) if screen is counted[0][0])
    ended = next(number for number, screen in enumerate(found) if screen is counted[-1][0])
    assert len(counted) > 5
    assert len(counted) > 0.9 * (ended - begun), "it is there, whatever is printed"
    assert [int(m[1]) for _, m in counted] == sorted(int(m[1]) for _, m in counted), "it only counts up"
    for screen, match in counted:
        filled = [line for line in screen if line]
        assert filled[-1] == match.string, "it is the last line, and there is one"
        assert sum(bool(COUNTER.search(line)) for line in screen) == 1
        running = [line for line in screen if line.startswith("running")]
        assert all("…" in line and line.endswith(" s") for line in running), running
        assert len(running) <= 12
    assert any(re.match(r" +and \d+ more$", line) for screen, _ in counted for line in screen)
    last = "\n".join(found[-1])
    assert "50 succeeded in" in last
    assert not COUNTER.search(last), "nothing of it is left over"
    whole = {line for screen in found for line in screen}
    assert any(line.endswith("half and half") for line in whole)
