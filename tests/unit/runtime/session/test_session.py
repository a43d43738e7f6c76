"""A session, as a process: several tasks in one, each a fork; what goes over its streams, and how it ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import runnable_runtime
from runnable_runtime import protocol
from runnable_runtime.process.usage import Usage
from runnable_runtime.protocol import ReturnSpec, TaskSpec
from runnable_runtime.report import Report
from runnable_runtime.session.frames import FrameError, FrameReader, encode_frame, encode_line
from runnable_runtime.values.parameters import encode

CODE = """
import atexit, os, subprocess, sys, threading, time
seen = []
def add(a: int, b: int = 1):
    print("adding")
    seen.append(a)
    return a + b, len(seen)
def variables(): return os.environ.get("GIVEN", "none"), os.environ.get("KEPT", "none"), os.getpid()
def write(): open("new.txt", "w").close(); return sorted(os.listdir())
def fail(): raise ValueError("boom")
def wait():
    try:
        print("up")
        time.sleep(60)
    finally:
        print("cleaned")
def stubborn():
    while True:
        try:
            print("up")
            time.sleep(60)
        except BaseException:
            print("asked")
def leaves():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    print("left", child.pid)
def dies(): os.kill(os.getpid(), 9)
def stops_itself(): os._exit(7)
def later():
    atexit.register(print, "at exit")
    threading.Thread(target=lambda: (time.sleep(0.3), print("thread"))).start()
def binary():
    os.write(1, b"\\xff{no frame}\\n\\x00")
    os.write(2, b"half a line")
def large(text): return text * 2
def loaded(): return sorted(m for m in sys.modules if m.startswith("runnable_runtime.tasks."))
"""


class Session:
    """A session and this end of its streams."""

    def __init__(self, project, **options):
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(runnable_runtime.__file__).parent.parent),
            "KEPT": "container",
            "TMPDIR": str(project / "scratch"),
        }
        command = [sys.executable, "-m", "runnable_runtime", "--protocol", str(protocol.PROTOCOL_VERSION)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(
            [*command, "--serve", "stdio"], cwd=project, env=environment, **pipes, **options
        )
        self._reader = FrameReader()
        self._frames = []
        self.used = Usage()

    def run(self, number, target, *returns, kind="python", inputs="", **variables):
        spec = TaskSpec(kind, target, "step", tuple(ReturnSpec(r) for r in returns))
        self.send({"run": number, "spec": encode(spec.to_json()), "inputs": inputs, "env": variables})

    def send(self, request):
        self.process.stdin.write(encode_line(request))
        self.process.stdin.flush()

    def frame(self):
        while not self._frames:
            data = os.read(self.process.stdout.fileno(), 65536)
            assert data, self.process.stderr.read().decode()
            self._frames += self._reader.feed(data)
        return self._frames.pop(0)

    def until_printed(self, text):
        """Read until some task has printed `text`."""
        printed = b""
        while text not in printed:
            printed += self.frame().payload

    def end(self, number):
        """What task `number` printed on its standard output, its exit code, and its report."""
        printed, others = b"", []
        while True:
            frame = self.frame()
            if frame.header.get("task") != number:
                others += [frame] if "task" in frame.header else []
                continue
            if frame.header["is"] == "end":
                self._frames = [*others, *self._frames]
                report = frame.header["report"]
                self.used = Usage.from_json(frame.header["used"])
                return (
                    printed.decode("utf-8", "backslashreplace"),
                    frame.header["code"],
                    report and Report.decode(report),
                )
            printed += frame.payload if frame.header["is"] == "stdout" else b""

    def close(self):
        self.send({"close": True})
        return self.process.wait(20)


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    (folder / "scratch").mkdir(parents=True)
    (folder / "steps.py").write_text(CODE)
    return folder


@pytest.fixture
def session(project):
    one = Session(project)
    yield one
    one.process.kill()
    one.process.wait(20)
    for stream in (one.process.stdin, one.process.stdout, one.process.stderr):
        stream.close()


def test_a_session_says_first_what_it_is(session):
    assert session.frame().header == {
        "session": protocol.PROTOCOL_VERSION,
        "version": runnable_runtime.__version__,
    }


def test_the_end_of_a_task_says_what_it_used_also_of_one_that_was_killed(session):
    session.run(1, "steps:loaded", "names")
    assert session.end(1)[1] == 0
    assert 5_000_000 < session.used.memory_before <= session.used.memory < 100_000_000
    assert session.used.cpu > 0
    session.run(2, "kill -9 $PPID", kind="shell")
    assert session.end(2)[1:] == (-9, "")
    assert 5_000_000 < session.used.memory < 100_000_000
    assert session.used.memory_before is None
    assert session.used.container is None, "it is no container's first process"


def test_a_fork_has_the_code_of_the_kinds_that_were_asked_for_more_than_once(session):
    def names(number):
        session.run(number, "steps:loaded", "names")
        return session.end(number)[2].outputs["names"]

    session.run(1, ":", kind="shell")
    session.end(1)
    assert "runnable_runtime.tasks.shell" not in names(2)
    session.run(3, ":", kind="shell")
    session.end(3)
    assert "runnable_runtime.tasks.shell" in names(4)


def test_each_task_starts_afresh(session):
    for number in (1, 2):
        session.run(number, "steps:add", "sum", "calls", inputs='{"a": 41}')
        printed, code, report = session.end(number)
        assert (printed, code) == ("adding\n", 0)
        assert (report.outputs, report.inputs) == ({"sum": 42, "calls": 1}, ("a",))
    assert session.close() == 0


def test_variables_are_those_of_one_task(session):
    session.run(1, "steps:variables", "given", "kept", "pid", GIVEN="1")
    session.run(2, "steps:variables", "given", "kept", "pid", KEPT="mine")
    first, second = session.end(1)[2].outputs, session.end(2)[2].outputs
    assert (first["given"], first["kept"]) == ("1", "container")
    assert (second["given"], second["kept"]) == ("none", "mine")
    assert len({first["pid"], second["pid"], session.process.pid}) == 3


def test_tasks_run_at_the_same_time(session):
    session.run(1, "steps:wait")
    session.until_printed(b"up\n")
    session.run(2, "steps:add", "sum", "calls", inputs='{"a": 1}')
    assert session.end(2)[2].outputs["sum"] == 2
    session.send({"stop": 1, "grace": 10})
    assert session.end(1) == ("cleaned\n", 143, "")


def test_a_failure_is_reported_with_message_and_trace(session):
    session.run(1, "steps:fail")
    _, code, report = session.end(1)
    assert (code, report.message) == (1, "ValueError: boom (steps.py:10 in fail)")
    assert report.trace.startswith("Traceback")
    assert report.inputs is None


@pytest.mark.parametrize("inputs", ["no JSON", '{"a": "x"}'])
def test_inputs_that_do_not_fit_are_reported(session, inputs):
    session.run(1, "steps:add", inputs=inputs)
    assert session.end(1)[2].succeeded is False


def test_a_spec_that_is_none_is_reported(session):
    session.send({"run": 1, "spec": "{}", "inputs": "", "env": {}})
    assert "name no single task" in session.end(1)[2].message


def test_a_shell_and_a_notebook_run_too(session, project):
    cell = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": "y = x + 1"}
    (project / "n.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    session.run(1, "echo hello; export x=5", "x", kind="shell")
    printed, _, report = session.end(1)
    assert (printed, report.outputs) == ("hello\n", {"x": 5})
    session.run(2, "n.ipynb", "y", kind="notebook", inputs='{"x": 1}')
    frame = session.frame()
    while frame.header["is"] != "notebook":
        frame = session.frame()
    assert "injected-parameters" in frame.payload.decode()
    assert session.end(2)[2].outputs == {"y": 2}


@pytest.mark.parametrize(("function", "code"), [("dies", -9), ("stops_itself", 7)])
def test_a_task_that_dies_leaves_its_code_and_no_report(session, function, code):
    session.run(1, f"steps:{function}")
    assert session.end(1) == ("", code, "")
    session.run(2, "steps:add", "sum", "calls", inputs='{"a": 1}')
    assert session.end(2)[1] == 0


def test_a_task_that_does_not_end_when_asked_is_killed(session):
    session.run(1, "steps:stubborn")
    session.until_printed(b"up\n")
    session.send({"stop": 1, "grace": 0.3})
    assert session.end(1)[1:] == (-9, "")


def test_what_a_task_leaves_running_is_ended_with_it(session):
    session.run(1, "steps:leaves")
    left = int(session.end(1)[0].split()[1])
    wait_until(lambda: not alive(left))


def test_threads_and_exit_handlers_come_before_the_end(session):
    session.run(1, "steps:later")
    assert session.end(1)[:2] == ("thread\nat exit\n", 0)


def test_what_is_printed_arrives_byte_by_byte(session):
    session.run(1, "steps:binary")
    found = {"stdout": b"", "stderr": b""}
    while (frame := session.frame()).header.get("is") != "end":
        if "is" in frame.header:
            found[frame.header["is"]] += frame.payload
    assert found == {"stdout": b"\xff{no frame}\n\x00", "stderr": b"half a line"}


def test_data_may_be_large(session):
    text = "x" * 3_000_000
    session.run(1, "steps:large", "text", inputs=encode({"text": text}))
    assert session.end(1)[2].outputs == {"text": text * 2}


def test_a_session_ends_with_its_last_task(session):
    session.run(1, "steps:wait")
    session.until_printed(b"up\n")
    session.send({"close": True})
    session.send({"stop": 1, "grace": 10})
    assert session.end(1)[1] == 143
    assert session.process.wait(20) == 0


@pytest.mark.parametrize("how", ["the end of the input", "SIGTERM"])
def test_nothing_outlives_the_launcher(session, project, how):
    session.run(1, "steps:wait")
    session.until_printed(b"up\n")
    if how == "SIGTERM":
        session.process.send_signal(signal.SIGTERM)
    else:
        session.process.stdin.close()
    assert session.end(1) == ("cleaned\n", 143, "")
    assert session.process.wait(20) == 0


def test_a_project_that_cannot_be_written_to_stays_as_it_is(project):
    if os.getuid() == 0:
        pytest.skip("root may write everywhere; the tests of the image do this too")
    project.chmod(0o555)
    session = Session(project)
    session.run(1, "steps:write", "files")
    assert session.end(1)[2].outputs["files"] == ["new.txt", "scratch", "steps.py"]
    session.close()
    project.chmod(0o755)
    assert not list((project / "scratch").iterdir())


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_frames_are_read_however_the_stream_is_cut(size):
    frames = [({"a": 1}, b""), ({"b": "\n{"}, b"{\n\x00"), ({"c": []}, b"x" * 500)]
    data = b"".join(encode_frame(header, payload) for header, payload in frames)
    reader, found = FrameReader(), []
    for start in range(0, len(data), size):
        found += [(frame.header, frame.payload) for frame in reader.feed(data[start : start + size])]
    assert [({k: v for k, v in header.items() if k != "bytes"}, payload) for header, payload in found] == frames


@pytest.mark.parametrize("data", [b"Hello\n", b"Traceback", b"{no\n", b"[1]\n"])
def test_what_is_no_frame_is_refused(data):
    with pytest.raises(FrameError):
        list(FrameReader().feed(data))


def alive(pid):
    try:
        return "zombie" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
