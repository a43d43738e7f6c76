"""What waits for the end of a process that runs pipelines, and ends what that has left."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from runnable.execution.keeping import watch_command
from runnable_runtime.process.leftovers import MARK

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/environ"), reason="nothing is found without /proc")


def test_a_process_that_was_gone_before_the_watch_began_is_over() -> None:
    """A run can be killed while the watch starts: that is then the child of another process."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = subprocess.Popen(["/bin/sleep", "60"], env={MARK: "0123456789abcdef--"})
    try:
        watch = subprocess.run(watch_command("0123456789abcdef", gone.pid), stdin=subprocess.DEVNULL, timeout=30)
        assert watch.returncode == 0
        assert left.wait(30) == -15
    finally:
        left.kill()


def test_it_waits_as_long_as_the_process_is_there() -> None:
    watch = subprocess.Popen(watch_command("0123456789abcdee", os.getpid()), stdin=subprocess.DEVNULL)
    with pytest.raises(subprocess.TimeoutExpired):
        watch.wait(0.5)
    watch.kill()
    watch.wait()
