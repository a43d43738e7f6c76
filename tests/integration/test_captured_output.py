"""What tasks print in this process, by whatever way, belongs to their run and step, and never ends the run."""

from __future__ import annotations

import ctypes
import io
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runnable.execution.log_file import LogFile
from runnable_runtime.records.records import RunRecord
from tests.support.local_runs import call, execute, log_of, program, shell

HEADER = """
import os, subprocess, sys
from runnable import Pipeline, PythonTask, ShellTask
"""
MAIN = """
def main():
    pipeline = Pipeline(steps=[PythonTask(name="work", function=work), ShellTask(name="after", command="echo after")])
    pipeline.execute(run_id="r")
    return pipeline

if __name__ == "__main__":
    main()
"""


def script(folder: Path, work: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a script in `folder` whose task is `work`, and then a shell."""
    (folder / "p.py").write_text(HEADER + work + MAIN)
    environment = {**os.environ, **options.pop("env", {})}  # type: ignore[dict-item]
    return subprocess.run(
        [sys.executable, "p.py"], cwd=folder, capture_output=True, text=True, env=environment, timeout=60, **options
    )  # type: ignore[call-overload,no-any-return]


def log(folder: Path, step: str = "work") -> str:
    return (folder / f".run_log_store/r/logs/{step}.1.log").read_text()


def test_every_way_to_print_is_shown_and_logged_in_order(tmp_path: Path) -> None:
    done = script(
        tmp_path,
        """
def work():
    print("1 print")
    subprocess.run(["echo", "2 a child"])
    os.system("echo 3 a shell")
    print("4 __stdout__", file=sys.__stdout__, flush=True)
    os.write(1, b"5 a descriptor\\n")
    sys.stdout.buffer.write(b"6 bytes\\n")
    subprocess.run(["echo", "7 a child given the stream"], stdout=sys.stdout)
    import ctypes
    libc = ctypes.CDLL(None)
    libc.puts(b"8 a C library")
    libc.fflush(None)
    print("9 the end")
""",
    )
    assert [line[0] for line in log(tmp_path).splitlines()] == list("123456789")
    assert [line[0] for line in done.stdout.splitlines()] == [*"123456789", "a"]
    assert log(tmp_path, "after") == "after\n"


def test_what_a_child_prints_is_shown_while_it_runs(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text(f"{HEADER}\ndef work(): subprocess.run('echo early; sleep 30', shell=True)\n{MAIN}")
    with subprocess.Popen([sys.executable, "p.py"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        begun = time.monotonic()
        assert process.stdout.readline() == "early\n"
        assert time.monotonic() - begun < 20
        process.terminate()


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_what_the_terminals_encoding_lacks_is_shown_by_its_number(tmp_path: Path, encoding: str) -> None:
    work = "def work():\n    print('snow ☃')\n    os.system('echo by a child ☃')\n    sys.stderr.write('☃')\n"
    done = script(tmp_path, work, env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert "snow \\u2603" in done.stdout
    assert log(tmp_path) == "snow ☃\nby a child ☃\n☃"


@pytest.mark.parametrize(
    "work",
    [
        "sys.stdout.close()",
        "sys.stdout = None",
        "sys.stdout = sys.stderr = open(os.devnull, 'w')",
        "os.close(1); os.close(2)",
        "os.closerange(0, 256)",
        "os.dup2(os.open(os.devnull, os.O_WRONLY), 1)",
        "sys.__stdout__.close()",
        "sys.stdout.detach()",
        "sys.stdout.reconfigure(encoding='ascii', errors='strict')",
    ],
)
def test_a_stream_that_a_task_spoils_is_not_the_next_ones(tmp_path: Path, work: str) -> None:
    done = script(tmp_path, f"def work():\n    print('before ☃', flush=True)\n    {work}\n")
    assert (tmp_path / ".run_log_store/r/run.jsonl").read_text().splitlines()[-1].startswith('{"run":')
    assert log(tmp_path).startswith("before ☃\n")
    assert log(tmp_path, "after") == "after\n"
    if "closerange" not in work:  # which takes what it is shown by
        assert done.returncode in ((0, 120) if "detach" in work else (0,)), done.stderr  # Python's own, of its stream
        assert "after" in done.stdout or "__stdout__.close" in work


def test_a_run_without_streams_has_its_logs(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text(f"{HEADER}\ndef work():\n    print('here')\n    os.system('echo child')\n{MAIN}")
    done = subprocess.run(["/bin/sh", "-c", f"{sys.executable} p.py >&- 2>&- <&-"], cwd=tmp_path, timeout=60)
    assert done.returncode == 0
    assert "here\n" in log(tmp_path)
    assert log(tmp_path, "after") == "after\n"


def test_a_reader_that_has_gone_does_not_end_the_run(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text(f"{HEADER}\ndef work():\n    for n in range(50_000): print(n)\n{MAIN}")
    subprocess.run(["/bin/sh", "-c", f"{sys.executable} p.py | head -1"], cwd=tmp_path, timeout=60, check=True)
    assert len(log(tmp_path).splitlines()) == 50_000
    assert log(tmp_path, "after") == "after\n"


def test_without_descriptors_left_there_is_no_log_and_the_run_goes_on(tmp_path: Path) -> None:
    work = """
KEPT = []
def work():
    import resource
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    try:
        while True: KEPT.append(os.open(os.devnull, os.O_RDONLY))
    except OSError: pass
    print("full")
"""
    done = script(tmp_path, work)
    last = (tmp_path / ".run_log_store/r/run.jsonl").read_text().splitlines()[-1]
    assert '"status":"failed"' in last, done.stderr  # the shell cannot be started; and it is a step that failed
    assert "run r failed" in done.stderr


def test_a_shell_of_a_run_that_is_captured_by_something_else_is_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    record = execute(program(shell("s", "echo said")), {}, tmp_path)
    assert log_of(record, "s") == "said\n"
    assert capsys.readouterr().out == "said\n"


def _runs(tmp_path: Path, works: dict[str, Callable[[], object]]) -> dict[str, RunRecord]:
    """Runs in threads at the same time, by name."""
    records: dict[str, RunRecord] = {}

    def serve(name: str) -> None:
        records[name] = execute(program(call("say"), call("say2", "say")), {"say": works[name]}, tmp_path / name)

    threads = [threading.Thread(target=serve, args=(name,)) for name in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return records


def test_runs_in_threads_have_their_own_output_of_children_and_of_threads_too(tmp_path: Path) -> None:
    def work(name: str) -> Callable[[], None]:
        def say() -> None:
            for _ in range(3):
                print("print", name)
                os.system(f"echo child {name}")
                thread = threading.Thread(target=print, args=("thread", name))
                thread.start()
                thread.join()
                time.sleep(0.01)

        return say

    before = sys.stdout, sys.stderr
    records = _runs(tmp_path, {name: work(name) for name in "abcd"})
    expected = ["print", "child", "thread"] * 3
    for name, record in records.items():
        for step in ("say", "say2"):
            assert log_of(record, step) == "".join(f"{what} {name}\n" for what in expected)
    assert (sys.stdout, sys.stderr) == before
    assert threading.Thread.start.__module__ == "threading"


def test_a_task_may_run_pipelines_itself_in_threads_of_its_own_too(tmp_path: Path) -> None:
    def inner(name: str) -> None:
        # one write for the whole line: `print` writes its parts one by one, and threads may come in between
        execute(program(call("f")), {"f": lambda: sys.stdout.write(f"inner {name}\n") and None}, tmp_path / name)

    def outer() -> None:
        threads = [threading.Thread(target=inner, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        inner("c")
        print("outer")

    record = execute(program(call("outer")), {"outer": outer}, tmp_path / "outer")
    assert record.status == "succeeded"
    lines = log_of(record, "outer").splitlines()
    assert {"inner a", "inner b", "inner c", "outer"} <= set(lines)
    assert (next((tmp_path / "a").glob("*/logs/f.1.log"))).read_text() == "inner a\n"


def test_a_thread_that_the_script_has_started_prints_for_the_task_that_runs(tmp_path: Path) -> None:
    begin, done = threading.Event(), threading.Event()

    def background() -> None:
        begin.wait(10)
        print("from the background")
        done.set()

    thread = threading.Thread(target=background)
    thread.start()
    record = execute(program(call("f")), {"f": lambda: [begin.set(), done.wait(10)]}, tmp_path)
    thread.join()
    assert log_of(record, "f") == "from the background\n"


def test_a_child_that_is_forked_by_a_task_prints_once(tmp_path: Path) -> None:
    def fork() -> None:
        print("parent")
        if (child := os.fork()) == 0:
            print("child")
            os._exit(0)
        os.waitpid(child, 0)
        print("parent again")

    record = execute(program(call("fork")), {"fork": fork}, tmp_path)
    assert log_of(record, "fork") == "parent\nchild\nparent again\n"


def test_code_that_prints_with_pythons_lock_held_waits_for_nobody(tmp_path: Path) -> None:
    def spill() -> None:
        libc = ctypes.PyDLL(None)  # a call of it keeps the lock
        text = b"x" * 1_000_000 + b"\n"
        libc.write(1, text, len(text))

    record = execute(program(call("spill")), {"spill": spill}, tmp_path)
    assert len(log_of(record, "spill")) == 1_000_001


def test_of_large_output_the_beginning_and_the_end_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNABLE_LOG_LIMIT", "64 KiB")
    functions = {"talk": lambda: [print(f"line {n:06}") for n in range(50_000)]}
    record = execute(program(call("talk")), functions, tmp_path)
    text = log_of(record, "talk")
    assert len(text) <= 66_000
    lines = text.splitlines()
    assert lines[0] == "line 000000"
    assert lines[-1] == "line 049999"
    (mark,) = (line for line in lines if line.startswith("[runnable: "))
    left_out = int(mark.split()[1].replace(",", ""))
    assert left_out + sum(len(line) + 1 for line in lines if line.startswith("line")) == 50_000 * 12
    assert all(len(line) == 11 for line in lines if line.startswith("line"))


def test_a_log_within_the_limit_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNABLE_LOG_LIMIT", "4096")
    log = LogFile(tmp_path / "log", pytest.fail)
    data = b"x" * 4000
    log.write(data)
    log.close()
    assert (tmp_path / "log").read_bytes() == data


def test_a_limit_that_is_no_size_is_an_error_before_anything_runs(tmp_path: Path) -> None:
    done = script(tmp_path, "def work(): pass", env={"RUNNABLE_LOG_LIMIT": "plenty"})
    assert done.returncode != 0
    assert "RUNNABLE_LOG_LIMIT: 'plenty' is not a size of at least 1 KiB" in done.stderr
    assert not (tmp_path / ".run_log_store").exists()


def test_a_stream_of_the_users_own_is_written_to_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = io.StringIO()
    monkeypatch.setattr(sys, "stdout", mine)
    record = execute(program(call("f")), {"f": lambda: print("☃")}, tmp_path)
    assert mine.getvalue() == "☃\n"
    assert log_of(record, "f") == "☃\n"
