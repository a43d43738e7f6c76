"""`cache=True`: what an earlier run returned is taken where nothing has changed, and what has is told."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from runnable.cli import main
from runnable_runtime import protocol
from runnable_runtime.protocol import TaskSpec
from runnable_runtime.records.records import RunRecord, Status
from runnable_runtime.stores.settings import StoreSettings
from tests.support.commands import script
from tests.support.local_runs import open_store

CONFIGURATION = """
pipeline-executor: {type: local, config: {enable_parallel: true}}
run-log-store: {type: chunked-fs, log_folder: log}
catalog: {type: file-system, catalog_location: kept}
"""
HEAD = """
from pathlib import Path
from runnable import *

def note(text):
    with open("did", "a") as file:
        file.write(text + "\\n")
"""
ONE = """
def work(n: int = 1):
    note("work")
    return n + 1, {"n": n}

def use(model):
    return model["n"]

steps = [
    PythonTask(name="work", function=work, returns=["more", pickled("model")], cache=True),
    PythonTask(name="use", function=use, returns=["used"]),
]
"""
TAIL = "\n\nif __name__ == '__main__':\n    Pipeline(steps=steps, name='p').execute()\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "config.yaml").write_text(CONFIGURATION)
    return tmp_path


def run(project: Path, code: str, run_id: str, *, fails: bool = False, **variables: str) -> str:
    """What is told of the run."""
    (project / "p.py").write_text(HEAD + code + TAIL)
    environment = {**os.environ, "RUNNABLE_CONFIGURATION_FILE": "config.yaml", "RUNNABLE_RUN_ID": run_id, **variables}
    ended = script("p.py", cwd=project, environment=environment)
    assert ended.returncode == (1 if fails else 0), ended.stderr
    return ended.stderr


def record(project: Path, run_id: str) -> RunRecord:
    return open_store(project / "log", "chunked-fs").read(run_id)


def did(project: Path) -> list[str]:
    return (project / "did").read_text().splitlines()


def test_a_second_run_takes_what_the_first_returned_and_its_objects_are_its_own(project: Path) -> None:
    assert "work runs: it has finished with cache=True in none of the last runs of this pipeline" in run(
        project, ONE, "a"
    )
    assert "work takes what it returned in the run a: nothing has changed since" in run(project, ONE, "b")
    assert did(project) == ["work"]
    shutil.rmtree(project / "kept" / "a")
    run(project, ONE, "c")
    assert did(project) == ["work"]
    attempt = record(project, "c").steps["work"].attempts[-1]
    assert attempt.reused == "b/work"
    assert attempt.outputs["more"] == 2
    assert record(project, "c").steps["use"].outputs == {"used": 1}


@pytest.mark.parametrize(
    ("before", "after", "variables", "why"),
    [
        ("return n + 1,", "return n + 2,", {}, "p.py:work changed"),
        ("work(n: int = 1)", "work(n: int = 1)", {"RUNNABLE_PRM_n": "7"}, "parameter n changed"),
        ("cache=True)", "cache=True, env={'A': '1'})", {}, "variable A changed"),
        ("note(text):\n", "note(text):\n    text = text.upper()\n", {}, "p.py:note changed"),
    ],
)
def test_what_has_changed_since_is_named(
    before: str, after: str, variables: dict[str, str], why: str, project: Path
) -> None:
    run(project, ONE, "a")
    told = run(project, (HEAD + ONE).replace(before, after), "b", **variables)
    assert "work runs: since the run a, " in told
    assert why in told
    assert len(did(project)) == 2


def test_what_is_not_in_the_store_any_more_is_made_again(project: Path) -> None:
    run(project, ONE, "a")
    shutil.rmtree(project / "kept")
    assert "work runs: of what it left in the run a, model is not in the store any more" in run(project, ONE, "b")
    assert did(project) == ["work", "work"]


def test_what_is_not_what_it_was_is_made_again(project: Path) -> None:
    run(project, ONE, "a")
    (file,) = (path for path in (project / "kept").rglob("model*") if path.is_file())
    file.chmod(0o644)
    file.write_bytes(b"another")
    assert "model in the store is not what it was" in run(project, ONE, "b")
    assert did(project) == ["work", "work"]


def test_files_are_taken_and_a_file_that_came_from_the_catalog_counts(project: Path) -> None:
    code = """
def write(text: str = "a"):
    Path("in.txt").write_text(text)

def work():
    note("work")
    Path("out.txt").write_text(Path("in.txt").read_text() * 2)
    Path("out.txt").chmod(0o755)

def read():
    return Path("out.txt").read_text() + " program" * bool(Path("out.txt").stat().st_mode & 0o100)

steps = [
    PythonTask(name="write", function=write, catalog=Catalog(put=["in.txt"])),
    PythonTask(name="work", function=work, catalog=Catalog(get=["*.txt"], put=["out.txt"]), cache=True),
    ShellTask(name="forget", command="rm -f out.txt in.txt"),
    PythonTask(name="read", function=read, returns=["text"], catalog=Catalog(get=["out.txt"])),
]
"""
    run(project, code, "a")
    run(project, code, "b")
    assert did(project) == ["work"]
    assert record(project, "b").steps["read"].outputs == {"text": "aa program"}
    assert "since the run b, file in.txt changed" in run(project, code, "c", RUNNABLE_PRM_text="b")
    assert record(project, "c").steps["read"].outputs == {"text": "bb program"}


def test_items_of_a_map_are_known_by_what_they_take_not_by_their_number(project: Path) -> None:
    code = """
def square(x: int):
    note(f"square {x}")
    return x * x

square_one = PythonTask(name="square", function=square, returns=["s"], cache=True).as_pipeline()
steps = [Map(name="m", branch=square_one, iterate_on="xs", iterate_as="x")]
"""
    run(project, code, "a", RUNNABLE_PRM_xs="[1, 2, 3]")
    run(project, code, "b", RUNNABLE_PRM_xs="[3, 4, 1]")
    assert sorted(did(project)) == ["square 1", "square 2", "square 3", "square 4"]
    found = record(project, "b").steps
    assert [found[f"m.{i}.square"].outputs["s"] for i in range(3)] == [9, 16, 1]
    assert [found[f"m.{i}.square"].attempts[0].reused for i in range(3)] == ["a/m.2.square", "", "a/m.0.square"]


def test_a_failure_is_not_taken_and_a_run_that_goes_on_takes_from_others(project: Path) -> None:
    code = """
def work():
    note("work")
    return 1

def fail(works: bool = False):
    assert works

steps = [
    PythonTask(name="fail", function=fail, cache=True),
    PythonTask(name="work", function=work, returns=["x"], cache=True),
]
"""
    run(project, code, "a", fails=True)
    run(project, code, "b", RUNNABLE_PRM_works="true")
    run(project, code.replace("assert works", "pass"), "x", RUNNABLE_RETRY_RUN_ID="a")
    assert did(project) == ["work"]
    assert record(project, "a").status is Status.SUCCEEDED
    assert record(project, "a").steps["work"].attempts[-1].reused == "b/work"


def test_no_run_takes_what_mocked_steps_returned(project: Path) -> None:
    mocked = "pipeline-executor: {type: mocked, config: {patches: {work: {outputs: {more: 9, model: 9}}}}}\n"
    (project / "mocked.yaml").write_text(mocked + CONFIGURATION.replace("pipeline-executor", "job-executor"))
    code = ONE.replace('pickled("model")', '"model"')
    run(project, code, "a", RUNNABLE_CONFIGURATION_FILE="mocked.yaml")
    run(project, code, "b")
    assert did(project) == ["work"]
    run(project, code, "c", RUNNABLE_CONFIGURATION_FILE="mocked.yaml")
    assert record(project, "c").steps["work"].outputs["more"] == 9


@pytest.mark.parametrize("write", ["a", "w"])
def test_a_file_that_the_code_names_counts_by_its_content_and_one_that_it_writes_does_not(
    write: str, project: Path
) -> None:
    code = f"""
def prepare(text: str = "a"):
    Path("data.csv").write_text(text)

def work():
    note("work")
    open("log.txt", {write!r}).write("x")
    return Path("data.csv").read_text()

def again():
    note("again")

def clean():
    Path("data.csv").unlink()

steps = [
    PythonTask(name="prepare", function=prepare),
    PythonTask(name="work", function=work, returns=["seen"], cache=True),
    PythonTask(name="again", function=again, cache=True),
    PythonTask(name="clean", function=clean),
]
"""
    run(project, code, "a")
    run(project, code, "b")
    assert did(project) == ["work", "again"]
    assert "work runs: since the run b, file data.csv changed" in run(project, code, "c", RUNNABLE_PRM_text="b")
    assert record(project, "c").steps["work"].outputs == {"seen": "b"}
    run(project, code, "d", RUNNABLE_PRM_text="b")
    assert did(project) == ["work", "again", "work"]


READING = """
import json, sqlite3, sys

def by_name(year: int):
    note("name")
    return open(f"data/{year}.csv").read()

def by_parameter(file: str):
    note("parameter")
    return Path(file).read_text()

def by_file():
    note("file")
    return Path(json.loads(Path("which.json").read_text())["path"]).read_text()

def by_folder():
    note("folder")
    return "".join(sorted(p.name for p in Path("data").iterdir() if p.suffix == ".csv"))

def by_database():
    note("database")
    with sqlite3.connect("-".join(["data/a", "b"])) as found:
        return found.execute("select x from t").fetchone()[0]

def if_there():
    note("there")
    try:
        return open("-".join(["data/may", "be"])).read()
    except FileNotFoundError:
        return "none"

def of_its_own():
    note("own")
    place = Path("made", "-".join("xyz"))
    place.parent.mkdir(exist_ok=True)
    place.write_text("made")
    return place.read_text()

found = {"name": by_name, "parameter": by_parameter, "file": by_file, "folder": by_folder, "database": by_database,
         "there": if_there, "own": of_its_own}
steps = [PythonTask(name=name, function=one, returns=[name], cache=True) for name, one in found.items()]
"""


@pytest.mark.parametrize(
    "executor", ["local", "local, config: {enable_parallel: true}", "emulator"], ids=["local", "worker", "emulator"]
)
def test_what_a_task_has_read_counts_however_it_came_to_the_names(executor: str, project: Path) -> None:
    def edited(content: str) -> None:
        with sqlite3.connect(project / "data/a-b") as database:
            database.execute("delete from t")
            database.execute("insert into t values (?)", (content,))
        for name in ("2025.csv", "given.txt", "said.txt"):
            (project / "data" / name).write_text(content)

    def ran(run_id: str) -> set[str]:
        (project / "did").write_text("")
        run(project, READING, run_id, RUNNABLE_PRM_year="2025", RUNNABLE_PRM_file="data/given.txt")
        return set(did(project))

    (project / "config.yaml").write_text(CONFIGURATION.replace("local, config: {enable_parallel: true}", executor))
    (project / "data").mkdir()
    (project / "which.json").write_text('{"path": "data/said.txt"}')
    with sqlite3.connect(project / "data/a-b") as database:
        database.execute("create table t (x text)")
    edited("one")
    assert len(ran("a")) == 7
    assert ran("b") == ran("c") == set()
    edited("two")
    assert ran("d") == {"name", "parameter", "file", "database"}
    assert {path: step.outputs[path] for path, step in record(project, "d").steps.items()} == {
        "name": "two",
        "parameter": "two",
        "file": "two",
        "folder": "2025.csv",
        "database": "two",
        "there": "none",
        "own": "made",
    }
    (project / "data/2026.csv").touch()
    (project / "data/may-be").write_text("yes")
    assert ran("e") == {"folder", "there"}
    assert ran("f") == set()
    (project / "which.json").write_text('{"path": "data/2025.csv"}')
    assert ran("g") == {"file"}


@pytest.mark.parametrize("warm", ["true", "false"])
def test_what_a_notebook_has_read_counts_too(warm: str, project: Path) -> None:
    source = """
x = open("-".join(["data/of", str(year)])).read()
open("nb", "a").write(".")
if x == "three":
    exit()
"""
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
    (project / "n.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    (project / "data").mkdir()
    (project / "config.yaml").write_text(CONFIGURATION.replace("true", f"true, warm_kernels: {warm}"))
    code = 'steps = [NotebookTask(name="nb", notebook="n.ipynb", returns=["x"], cache=True)]\n'
    for count, content in enumerate(("one", "three"), 1):
        (project / "data/of-2025").write_text(content)
        for again in ("first", "again"):
            run(project, code, f"{content}-{again}", RUNNABLE_PRM_year="2025")
            assert record(project, f"{content}-{again}").steps["nb"].outputs == {"x": content}
        assert (project / "nb").read_text() == "." * count


def test_what_has_been_read_is_said_by_plan_and_counts_where_what_has_changed_runs_again(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = 'PythonTask(name="name", function=by_name, returns=["name"], cache=True)'
    code = READING[: READING.index("def by_parameter")]
    code += f'steps = [{first}, ShellTask(name="end", command="exit 1")]\n'
    (project / "data").mkdir()
    (project / "data/2025.csv").write_text("one")
    run(project, code, "a", fails=True, RUNNABLE_PRM_year="2025")
    (project / "data/2025.csv").write_text("two")

    monkeypatch.chdir(project)
    for arguments in (["-p", "year=2025"], ["--like", "a", "--rerun-changed"]):
        assert main(["plan", "-c", "config.yaml", *arguments, "p.py"]) == 0
        assert "read data/2025.csv" in capsys.readouterr().out


def test_a_task_that_has_read_more_than_is_looked_at_runs_each_time(project: Path) -> None:
    code = """
def work():
    note("work")
    return sum(len(open("data/" + str(n)).read()) for n in range(1_001))

steps = [PythonTask(name="work", function=work, returns=["n"], cache=True)]
"""
    (project / "data").mkdir()
    for number in range(1_001):
        (project / "data" / str(number)).touch()
    run(project, code, "a")
    told = run(project, code, "b")
    assert (
        "work runs each time: it uses what cannot be known beforehand, the files that it reads (more than 1,000)"
        in told
    )
    assert len(did(project)) == 2


def test_what_cannot_be_known_runs_each_time_and_is_named_once(project: Path) -> None:
    code = """
numbers = (n for n in range(3))

def work(x: int):
    note("work")
    return next(numbers, x)

one = PythonTask(name="work", function=work, returns=["y"], cache=True).as_pipeline()
steps = [Map(name="m", branch=one, iterate_on="xs", iterate_as="x")]
"""
    for run_id in ("a", "b"):
        told = run(project, code, run_id, RUNNABLE_PRM_xs="[1, 2, 3]")
        assert told.count("p.py:numbers (of the type builtins.generator)") == 1
        assert "m.*.work runs each time: it uses what cannot be known beforehand" in told
    assert len(did(project)) == 6


def test_commands_and_notebooks_depend_on_the_code_that_they_run(project: Path) -> None:
    cells = [{"cell_type": "code", "source": "from lib import n\nx = n()\nopen('nb', 'a').write('.')"}]
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    for cell in cells:
        cell.update(metadata={}, outputs=[], execution_count=None)  # type: ignore[call-overload]
    (project / "n.ipynb").write_text(json.dumps(document))
    (project / "main.py").write_text("import lib\nopen('sh', 'a').write('.')\n")
    code = f"""
steps = [
    NotebookTask(name="nb", notebook="n.ipynb", returns=["x"], cache=True),
    ShellTask(name="sh", command="{sys.executable} main.py", cache=True),
]
"""
    for run_id, text in (("a", "1"), ("b", "1"), ("c", "2")):
        (project / "lib.py").write_text(f"def n():\n    return {text}\n")
        run(project, code, run_id)
    assert (project / "nb").read_text() == (project / "sh").read_text() == ".."
    assert record(project, "c").steps["nb"].outputs == {"x": 2}


def test_a_command_depends_on_files_that_parameters_are_a_part_of_the_name_of(project: Path) -> None:
    code = """
command = "echo >> did; export found=$(cat data/$year.csv more/*.csv)"
steps = [ShellTask(name="sh", command=command, returns=["found"], cache=True)]
"""
    for folder in ("data", "more"):
        (project / folder).mkdir()
        (project / folder / "2025.csv").write_text("one")
    run(project, code, "a", RUNNABLE_PRM_year="2025")
    run(project, code, "b", RUNNABLE_PRM_year="2025")
    assert len(did(project)) == 1
    (project / "data/2025.csv").write_text("two")
    run(project, code, "c", RUNNABLE_PRM_year="2025")
    (project / "more/2026.csv").write_text("three")
    run(project, code, "d", RUNNABLE_PRM_year="2025")
    assert len(did(project)) == 3
    assert record(project, "d").steps["sh"].outputs == {"found": "twoonethree"}


def test_explain_cache_says_what_the_key_was_made_of_and_what_differs(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)

    def explained(*arguments: str) -> list[str]:
        assert main(["explain-cache", *arguments, "-c", "config.yaml"]) == 0
        return [" ".join(line.split()[:3]) for line in capsys.readouterr().out.splitlines()]

    run(project, ONE, "a")
    run(project, ONE, "b", RUNNABLE_PRM_n="7")
    run(project, ONE, "c", RUNNABLE_PRM_n="7")
    lines = explained("b", "work")
    assert lines[0] == "work, attempt 1:"
    assert any(line.startswith("p.py:note ") for line in lines)
    assert lines[-2] == "different from the"
    assert lines[-1].startswith("parameter n ")
    assert "no run before" in " ".join(explained("a", "work"))
    (project / "p.py").write_text(HEAD.replace("text +", "text.upper() +") + ONE + TAIL)
    assert explained("b", "work", "p.py")[-2:] == ["different in the", "p.py:note"]
    assert "it has no" in explained("b", "use")
    assert "was taken" not in explained("c", "work")[0]
    assert main(["explain-cache", "c", "work", "-c", "config.yaml"]) == 0
    assert "was taken from b/work" in capsys.readouterr().out


def test_explain_cache_says_of_a_pod_that_looked_itself_up_what_its_key_was_made_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "steps.py").write_text("open('loaded', 'a').write('x')\ndef fit(n: int = 0):\n    return n\n")
    (tmp_path / "config.yaml").write_text("run-log-store: {type: chunked-fs, log_folder: runs}\n")
    monkeypatch.chdir(tmp_path)

    def pod(run_id: str, n: int) -> None:
        returns = (protocol.ReturnSpec("m", "object"),)
        spec = TaskSpec("python", "steps:fit", "fit", returns, place=(0,), lookup=protocol.Lookup("abc"))
        places = {protocol.RUN_LOG_VARIABLE: "runs", protocol.STORE_VARIABLE: "catalog"}
        stores = {name: StoreSettings(str(tmp_path / folder)).encode() for name, folder in places.items()}
        about = {protocol.RUN_ID_VARIABLE: run_id, protocol.RUN_VARIABLE: '{"pipeline":"p"}'}
        options = {"--protocol": "1", "--spec": json.dumps(spec.to_json()), "--inputs": json.dumps({"n": n})}
        words = [word for option in {**options, "--outputs": "out"}.items() for word in option]
        command = [sys.executable, "-m", "runnable_runtime", *words]
        subprocess.run(command, env={**os.environ, **stores, **about}, check=True, capture_output=True)

    def explained(run_id: str) -> list[str]:
        assert main(["explain-cache", run_id, "fit", "-c", "config.yaml"]) == 0
        return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]

    loaded = []
    for run_id, n in (("one", 1), ("two", 1), ("three", 2)):
        pod(run_id, n)
        loaded.append((tmp_path / "loaded").stat().st_size)
    assert loaded == [1, 1, 2]  # what is taken from the store loads no code of the step
    assert "was taken from one/fit" in explained("two")[0]
    assert explained("two")[3] == "code, image and environment abc"
    assert explained("three")[0] == "fit, attempt 1: ran"
    assert explained("three")[-2] == "different from the run two:"
    assert explained("three")[-1].startswith("parameter n ")
