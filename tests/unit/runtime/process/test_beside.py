"""What a process has that is started beside this one, and what it has not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from runnable_runtime.process import beside

SAYS = """
import os, sys
held = []
for number in range(256):
    try: os.fstat(number)
    except OSError: continue
    held.append(number)
open(sys.argv[1], "w").write(f"{held};{os.getsid(0)};{sys.stdin.readline()}")
"""


@pytest.fixture(params=["spawned", "forked"])
def _way(request, monkeypatch):
    if request.param == "forked":
        monkeypatch.delattr(os, "posix_spawn")


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize("leads", [True, False])
def test_it_has_its_input_no_other_descriptor_and_maybe_a_session_of_its_own(tmp_path: Path, leads: bool) -> None:
    read, write = os.pipe()
    other = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(other, True)
    os.write(write, b"heard\n")
    command = [sys.executable, "-S", "-c", SAYS, str(tmp_path / "said")]
    pid = beside.start(command, env=dict(os.environ), stdin=read, leads=leads)
    os.waitpid(pid, 0)
    for descriptor in (read, write, other):
        os.close(descriptor)
    held, session, heard = (tmp_path / "said").read_text().split(";")
    assert held == "[0, 1, 2]"
    assert (int(session) == pid) == leads
    assert heard == "heard\n"


@pytest.mark.usefixtures("_way")
def test_a_program_that_is_not_there_is_an_error_of_the_system() -> None:
    with pytest.raises(FileNotFoundError):
        beside.start(["/nowhere/at/all"], env={}, leads=True)
