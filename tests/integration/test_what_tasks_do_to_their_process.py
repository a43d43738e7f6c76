"""Tasks that change or fork the process that they run in: it is theirs alone, and the run goes its way."""

import json
import os
import shutil
from pathlib import Path

import pytest

from runnable.diagnostics.errors import OutputError
from runnable.executors.local.run import run
from runnable.executors.settings import LocalSettings
from tests.support.local_runs import call, execute, log_of, open_store, parallel, program, stub

_LEAVE = os._exit

both = pytest.mark.parametrize("concurrent", [False, True], ids=["in process", "in workers"])


@both
def test_a_folder_that_a_task_has_left_for_is_not_the_next_ones(tmp_path: Path, concurrent: bool) -> None:
    seen: list[str] = []

    def leave() -> None:
        folder = tmp_path / "gone"
        folder.mkdir()
        os.chdir(folder)
        folder.rmdir()
        os.environ["LEFT"] = "behind"

    def look() -> str:
        return json.dumps([os.getcwd(), os.environ.get("LEFT")])

    before = os.getcwd()
    record = execute(
        program(call("leave"), call("look", returns="seen")), {"leave": leave, "look": look}, tmp_path / "log",
        concurrent=concurrent,
    )  # fmt: skip
    assert json.loads(str(record.steps["look"].outputs["seen"])) == [before, None]
    assert not seen


@both
@pytest.mark.parametrize("ending", ["returns", "raises", "exits"])
def test_a_child_that_a_task_forks_and_that_comes_back_has_no_outcome(
    tmp_path: Path, concurrent: bool, ending: str
) -> None:
    def fork() -> str:
        if (child := os.fork()) == 0:
            print("in the child")
            if ending == "raises":
                raise ValueError("of the child")
            if ending == "exits":
                raise SystemExit(3)
            return "the child"
        os.waitpid(child, 0)
        return "the task"

    functions = {"fork": fork, "after": lambda: "after"}
    pipeline = program(call("fork", returns="x"), call("after", returns="y"))
    record = execute(pipeline, functions, tmp_path, concurrent=concurrent)
    assert record.status == "succeeded"
    assert record.steps["fork"].outputs == {"x": "the task"}
    assert log_of(record, "fork").count("in the child") <= 1


def test_an_exceptions_notes_are_in_its_traceback_and_not_in_its_place(tmp_path: Path) -> None:
    def work() -> None:
        error = ValueError("the price is negative")
        error.add_note("while reading row 7")
        raise error

    record = execute(program(call("work")), {"work": work}, tmp_path)
    (attempt,) = record.steps["work"].attempts
    assert attempt.message.startswith("ValueError: the price is negative (")
    assert attempt.trace.rstrip().endswith("while reading row 7")


def test_a_worker_without_descriptors_left_is_a_step_that_failed(tmp_path: Path) -> None:
    import resource

    def widen() -> None:
        pass

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    steps = tuple(call(f"t{n}", "widen") for n in range(6))
    opened = set(map(int, os.listdir("/dev/fd")))
    limit = [number for number in range(soft) if number not in opened][11]  # which leaves eleven, whatever is open
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        record = execute(program(parallel("p", **{f"b{n}": (step,) for n, step in enumerate(steps)})),
                         {"widen": widen}, tmp_path, concurrent=True)  # fmt: skip
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    messages = {step.message for path, step in record.steps.items() if path.count(".") == 2 and step.message}
    assert record.status == "failed"
    assert messages == {"the system does not allow another process: Too many open files"}


@both
def test_a_task_that_ends_its_process_has_failed_and_the_run_goes_its_way(tmp_path: Path, concurrent: bool) -> None:
    def leave() -> None:
        os._exit(0)

    record = execute(program(call("leave"), stub("after")), {"leave": leave}, tmp_path, concurrent=concurrent)
    assert (record.status, record.steps["leave"].status, record.steps["after"].status) == (
        "failed",
        "failed",
        "skipped",
    )
    assert "exit" in record.steps["leave"].message
    assert os._exit is _LEAVE


@pytest.mark.parametrize("kind", ["file-system", "chunked-fs"])
def test_a_task_that_removes_the_store_ends_the_run_with_an_error(tmp_path: Path, kind: str) -> None:
    """There is no success without its record."""
    ran: list[str] = []
    functions = {"functions:remove": lambda: shutil.rmtree(tmp_path / "log"), "functions:after": lambda: ran.append("")}
    with pytest.raises(OutputError, match="cannot write the run's record"):
        run(program(call("remove"), call("after")), functions, LocalSettings(), open_store(tmp_path / "log", kind))
    assert not ran
