"""What an attempt has used: the peak of its own time, in a process that has had larger ones, or nothing."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runnable_runtime.process import meter
from runnable_runtime.process.control_group import container_usage
from runnable_runtime.process.meter import Meter
from runnable_runtime.process.usage import ContainerUsage
from runnable_runtime.tasks.process import run_streaming
from tests.support.paths import ROOT

pytestmark = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux begins anew")
MB = 1_000_000


def take(size: int) -> None:
    """Have so many bytes for a moment, which are the system's: what was freed before may be given again else."""
    with mmap.mmap(-1, size or mmap.PAGESIZE) as memory:
        for offset in range(0, size, mmap.PAGESIZE):
            memory[offset] = 1


def grown(one: Meter) -> float:
    """By how many MB the memory grew."""
    used = one.read()
    assert used is not None
    assert used.memory is not None
    assert used.memory_before is not None
    return (used.memory - used.memory_before) / MB


def test_the_peak_is_that_of_the_attempt_and_not_of_what_was_before() -> None:
    take(60 * MB)
    one = Meter()
    take(30 * MB)
    assert grown(one) == pytest.approx(30, abs=3)
    assert grown(Meter()) < 3


def test_attempts_one_after_another_have_their_own_peaks_whichever_was_larger() -> None:
    one: Meter | None = None
    for size in (0, 30, 0, 0, 60, 10):
        one = Meter(after=one)
        take(size * MB)
        assert grown(one) == pytest.approx(size, abs=3)


def test_an_attempt_within_an_attempt_has_its_own_and_the_outer_one_keeps_what_it_had() -> None:
    outer = Meter()
    take(50 * MB)
    inner = Meter()
    take(20 * MB)
    assert grown(inner) == pytest.approx(20, abs=3)
    assert grown(outer) == pytest.approx(50, abs=3)


def test_where_a_maximum_cannot_begin_anew_it_is_known_if_it_was_raised(monkeypatch) -> None:
    before = meter._memory()[1]
    assert before is not None
    monkeypatch.setattr(meter, "_forget_maximum", lambda: False)
    one = Meter()
    used = one.read()
    assert used is not None
    assert (used.memory, used.memory_before) == (None, None)
    one, kept = Meter(), b"x" * (before + 20 * MB)
    used = one.read()
    assert used is not None
    assert used.memory is not None
    assert used.memory > len(kept)


def python(size: int) -> list[str]:
    return [sys.executable, "-S", "-c", f"x = b'x' * {size}"]


def test_of_children_the_largest_counts_and_its_time() -> None:
    # in a process of its own: that of the tests has had children that were larger
    code = f"from {__name__} import largest_of_children; largest_of_children()"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def largest_of_children() -> None:
    own = meter._memory()[0]
    assert own is not None
    size = own + 60 * MB
    one = Meter()
    subprocess.run(python(size), check=True)
    used = one.read()
    assert used is not None
    assert used.memory == pytest.approx(size + 8 * MB, abs=8 * MB)
    assert used.memory_before == 0
    assert used.cpu is not None
    assert used.cpu > 0.005
    one = Meter()  # the system knows of the larger one before
    subprocess.run(python(size - 30 * MB), check=True)
    used = one.read()
    assert used is not None
    assert used.memory is None
    one = Meter()  # what a shell task waits for is known by itself
    run_streaming(python(size - 30 * MB), dict(os.environ))
    used = one.read()
    assert used is not None
    assert used.memory == pytest.approx(size - 22 * MB, abs=8 * MB)
    assert grown(Meter()) < 3


def test_the_control_group_of_a_container_is_read(tmp_path) -> None:
    own = tmp_path / "own"
    own.write_text("0::/\n")
    files = {
        "memory.peak": "250000\n",
        "memory.max": "512000\n",
        "cpu.stat": "usage_usec 1500000\nuser_usec 1000000\nnr_throttled 2\nthrottled_usec 250000\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    found = ContainerUsage(memory=250000, memory_limit=512000, cpu=1.5, throttled=0.25)
    assert container_usage(tmp_path, own) == found
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "cpu.stat").write_text("usage_usec 1500000\n")
    assert container_usage(tmp_path, own) == ContainerUsage(memory=250000, cpu=1.5)


@pytest.mark.parametrize("below", ["", "docker/ab"], ids=["a container's own", "all groups"])
def test_the_control_groups_of_version_1_are_read_if_this_process_is_in_them(tmp_path, below) -> None:
    own = tmp_path / "own"
    own.write_text("5:cpu,cpuacct:/docker/ab\n4:memory:/docker/ab\n0::/\n")
    files = {
        "memory/memory.max_usage_in_bytes": "250000\n",
        "memory/memory.limit_in_bytes": "512000\n",
        "cpuacct/cpuacct.usage": "1500000000\n",
        "cpu/cpu.stat": "nr_periods 9\nnr_throttled 2\nthrottled_time 250000000\n",
    }
    for name, text in files.items():
        controller, _, file = name.partition("/")
        group = tmp_path / controller / below
        group.mkdir(parents=True, exist_ok=True)
        (group / file).write_text(text)
        (group / "cgroup.procs").write_text(f"1\n{os.getpid()}\n")
    assert container_usage(tmp_path, own) == ContainerUsage(memory=250000, memory_limit=512000, cpu=1.5, throttled=0.25)
    (tmp_path / "memory" / below / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    found = container_usage(tmp_path, own)
    assert found is not None
    assert found.memory_limit is None
    (tmp_path / "memory" / below / "cgroup.procs").write_text("1\n")
    assert container_usage(tmp_path, own) is None, "it is the machine's"


@pytest.mark.parametrize("text", ["4:memory:/docker/ab\n", "", "0::/elsewhere\n"])
def test_without_such_a_group_nothing_is_known(tmp_path, text) -> None:
    (tmp_path / "own").write_text(text)
    assert container_usage(tmp_path, tmp_path / "own") is None
