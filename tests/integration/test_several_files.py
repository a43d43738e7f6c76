"""`check` and `compile` of many files and folders in one process: files that are kept apart, and formats for tools."""

import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import jsonschema
import pytest

from runnable.cli.findings import conclusion, exit_code
from runnable.diagnostics.findings import Finding, Outcome, worst
from runnable.diagnostics.formats import as_github, as_sarif
from runnable.driver.isolated import ProcessEnded, isolated
from runnable.frontend.folders import sources
from tests.support.commands import command
from tests.support.isolation import alone

GOOD = """
from runnable import Pipeline, PythonTask

def work(){returns}:
    pass

def main():
    return Pipeline(steps=[PythonTask(name="work", function=work)], name="{name}")
"""
BAD = GOOD.replace("def work()", "def work(missing)")


def pipeline(folder, path, text=GOOD, before=""):
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(before + text.format(name=file.stem, returns=""))
    return file


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


FORKS = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


# --- which files of a folder are pipelines


def test_a_folder_stands_for_the_files_in_it_that_import_runnable(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("p/a.py", "p/deep/b.py", "p/.hidden/c.py", "p/env/d.py", "p/test_a.py", "p/node_modules/e.py"):
        pipeline(tmp_path, path)
    (tmp_path / "p/env/pyvenv.cfg").touch()
    (tmp_path / "p/notes.txt").touch()
    (tmp_path / "p/helper.py").write_text("from runnable_more import x\n# import runnable\n")
    found = {one.reference: one.skipped for one in sources(["p"])}
    assert found == {
        "p/a.py": "",
        "p/deep/b.py": "",
        "p/helper.py": "it does not import runnable",
        "p/test_a.py": "it is a test",
    }


@pytest.mark.parametrize(
    "line", ["import runnable", "import os, runnable", "  from runnable import Map", "import runnable as r"]
)
def test_each_way_to_import_runnable_is_seen(tmp_path, line):
    (tmp_path / "a.py").write_text(f"{line}\n")
    assert [one.skipped for one in sources([str(tmp_path)])] == [""]


@pytest.mark.parametrize("pattern", ["old", "old/", "old/*", "a.py", "old/a.py"])
def test_excluded_files_and_folders_are_skipped(tmp_path, pattern):
    pipeline(tmp_path, "old/a.py")
    pipeline(tmp_path, "new/b.py")
    skipped = {Path(one.reference).name: one.skipped for one in sources([str(tmp_path)], [pattern])}
    assert skipped == {"a.py": f"excluded by {pattern!r}", "b.py": ""}


def test_a_file_that_is_named_and_in_a_folder_that_is_named_counts_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pipeline(tmp_path, "p/test_a.py")
    assert [(one.reference, one.skipped) for one in sources(["p", "p/test_a.py"])] == [("p/test_a.py", "")]


# --- kept apart

LEAKS = """
import atexit, json, os, sys, threading
assert "LEAK" not in os.environ and "shared" not in sys.modules and "/nowhere" not in sys.path
assert json.dumps(1) == "1" and os.path.exists("pyproject.toml") and threading.active_count() == 1
os.environ["LEAK"] = "1"
sys.modules["shared"] = sys
sys.path.insert(0, "/nowhere")
sys.stdout.write("noise\\n")
os.system("echo noise of a shell")
threading.Thread(target=threading.Event().wait).start()
atexit.register(lambda: open("%s", "w").close())
os.chdir("/")
"""


def test_no_file_reaches_another_one_and_one_that_is_wrong_hides_none(project):
    """One process for all that can go wrong at once."""
    for name in ("a", "b"):
        pipeline(project, f"p/{name}.py", before=LEAKS % (project / f"ended-{name}"))
    pipeline(project, "p/bad.py", BAD)
    pipeline(project, "p/dies.py", before="import os; os._exit(7)\n")
    pipeline(project, "p/killed.py", before="import os; os.kill(os.getpid(), 9)\n")
    pipeline(project, "p/raises.py", before="1 / 0\n")
    (project / "p/steps.py").write_text("from runnable import PythonTask\n")
    ended = command("check", "p", "--output-format", "json", cwd=project)
    assert ended.returncode == 3, ended.stderr
    found = {one["pipeline"]: (one["code"], one["line"], one["message"]) for one in json.loads(ended.stdout)}
    assert found["p/bad.py"][:2] == ("RN301", 8)
    assert found["p/dies.py"][2] == "p/dies.py does not run: it ends its process with the exit code 7"
    assert found["p/killed.py"][2] == "p/killed.py does not run: it ends its process by SIGKILL"
    assert found["p/raises.py"] == ("RN002", 1, "p/raises.py does not run: ZeroDivisionError: division by zero")
    assert len(found) == 4, ended.stdout
    assert "checked 6 pipelines: 4 with errors" in ended.stderr
    assert "  p/steps.py: it defines no pipeline" in ended.stderr
    assert {file.name for file in project.glob("ended-*")} == {"ended-a", "ended-b"}


def test_modules_of_the_same_name_beside_two_files_are_two_modules(project):
    for name in ("a", "b"):
        pipeline(project, f"{name}/main.py", before=f"import helper\nassert helper.WHERE == {name!r}\n")
        (project / name / "helper.py").write_text(f"WHERE = {name!r}\n")
    ended = command("check", "a/main.py", "b/main.py", cwd=project)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "checked 2 pipelines\n")


@FORKS
def test_a_process_that_leaves_a_child_with_the_pipe_does_not_hold_up_the_next_one():
    def work():
        import os

        if os.fork() == 0:
            time.sleep(4)
            os._exit(0)
        os._exit(5)

    started = time.monotonic()
    with pytest.raises(ProcessEnded, match="exit code 5"):
        alone(work)
    assert time.monotonic() - started < 3


@FORKS
def test_a_large_answer_comes_whole():
    assert alone(lambda: ["x" * 100_000] * 20) == ["x" * 100_000] * 20


@FORKS
def test_results_come_in_order_each_after_what_was_printed_by_its_work(capfd):
    """The first of several at the same time is the slowest, and prints the most."""

    def work(number):
        os.write(2, b"a line of 20 letters\n" * (20_000 if number == 0 else 1))
        os.write(1, b"of %d\n" % number)
        time.sleep(0.3 if number == 0 else 0)
        if number == 3:
            os.kill(os.getpid(), 9)
        return number

    found = []
    for result in isolated(partial(work, number) for number in range(12)):
        printed = capfd.readouterr().err
        number = len(found)
        assert printed.count("a line of 20 letters\n") == (20_000 if number == 0 else 1)
        if number == 3:
            with pytest.raises(ProcessEnded, match="SIGKILL"):
                result()
            found.append(3)
            continue
        assert printed.endswith(f"of {number}\n")
        found.append(result())
    assert found == [*range(12)]


@FORKS
def test_no_process_is_left_by_whoever_wants_no_further_result(monkeypatch):
    fork, forked = os.fork, []
    monkeypatch.setattr(os, "fork", lambda: forked.append(fork()) or forked[-1])
    results = isolated(partial(time.sleep, 60) if number else partial(int, 5) for number in range(10))
    started = time.monotonic()
    assert next(results)() == 5
    results.close()
    assert time.monotonic() - started < 5
    assert forked
    for number in forked:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


class Numbered:
    """A work that says in which process it was done, and leaves nothing there if `stays`."""

    def __init__(self, *, stays=True, then=lambda: None):
        self._stays = stays
        self._then = then

    def __call__(self):
        os.write(2, b"printed\n")
        self._then()
        return os.getpid()

    def stays_within(self, modules):
        return self._stays


@FORKS
def test_a_process_does_another_work_only_if_the_one_before_has_left_nothing(capfd):
    at_once = len(os.sched_getaffinity(0))
    assert len({result() for result in isolated(Numbered() for _ in range(20))}) <= at_once
    assert capfd.readouterr().err == "printed\nthe same is said of 19 more files\n\n"
    assert len({result() for result in isolated(Numbered(stays=False) for _ in range(6))}) == 6


@FORKS
def test_a_process_that_dies_of_its_second_work_loses_that_one_only():
    works = [Numbered(then=partial(os._exit, 9) if number == 8 else lambda: None) for number in range(20)]
    found = []
    for result in isolated(works):
        try:
            found.append(bool(result()))
        except ProcessEnded as ended:
            found.append(str(ended))
    assert found == [True] * 8 + ["it ends its process with the exit code 9"] + [True] * 11


@FORKS
def test_no_process_that_waits_for_work_is_left():
    results = isolated(Numbered() for _ in range(6))
    found = {next(results)() for _ in range(6)}
    results.close()
    for number in found:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


SEEN = """
import sys
import steps
assert len(sys.argv) == 1 and sys.argv[0].endswith("{name}.py"), sys.argv
others = [place for place in sys.path if "/p/" in place and not place.endswith("/{name}")]
assert not others and steps.NAME == "{name}" and sys.modules["__main__"].__file__.endswith("{name}.py")
"""
CONTAINED = "import steps\n" + GOOD


def test_files_that_follow_one_that_leaves_nothing_see_nothing_of_it(project):
    """All have a module `steps` of their own."""
    for number in range(12):
        name = f"p{number:02}"
        before = SEEN.format(name=name) if number % 4 == 3 else ""
        pipeline(project, f"p/{name}/{name}.py", CONTAINED, before=before)
        (project / f"p/{name}/steps.py").write_text(f"NAME = {name!r}\n")
    ended = command("check", "p", cwd=project)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stdout
    assert "checked 12 pipelines" in ended.stderr


WRITTEN = """
from typing import List, Literal

from runnable import Parameter, Pipeline, PythonTask

def work(size: List[Literal[{order}]]):
    pass

Pipeline(steps=[PythonTask(name="w", function=work)], parameters=[Parameter(name="size", default=["no"])]).execute()
"""


def test_a_type_is_shown_as_its_file_writes_it_whatever_another_one_has_written(project):
    """Both types are equal, and Python keeps one of them."""
    orders = ("'a', 'b'", "'b', 'a'")
    for number in range(8):
        (project / f"p{number}.py").write_text(WRITTEN.format(order=orders[number % 2]))
    ended = command("check", ".", cwd=project)
    assert [ended.stdout.count(f"List[Literal[{order}]]") for order in orders] == [4, 4]


STEP = "Pipeline(steps=[Stub(name='a')])"
CHANGES = {
    "class": f"class A:\n    datetime.changed = True\n{STEP}.execute()",
    "member": "class A(Enum):\n    X = 1\n    def __init__(self, x):\n        datetime.changed = True\n"
    f"{STEP}.execute()",
    "coroutine": f"async def main():\n    datetime.changed = True\n    return {STEP}",
    "reducer": "Pipeline(steps=[Map(name='m', iterate_on='x', iterate_as='y', reducer='changing.changed',\n"
    "    branch=Pipeline(steps=[ShellTask(name='a', command='x=1', returns=['x'])]))\n"
    "]).execute(parameters={'x': []})",
}
LOOKS = f"if hasattr(datetime, 'changed'):\n    raise ValueError('it is changed')\n{STEP}.execute()"


def test_what_a_file_changes_of_a_module_that_is_not_its_own_is_its_own_concern(project):
    begin = "import datetime\nfrom enum import Enum\nfrom runnable import Map, Pipeline, ShellTask, Stub\n"
    (project / "changing.py").write_text("import datetime\ndatetime.changed = True\ndef changed(xs): ...\n")
    for kind, text in CHANGES.items():
        for number in range(4):
            (project / f"{kind}{number}.py").write_text(begin + (LOOKS if number % 2 else text))
    ended = command("check", ".", cwd=project)
    assert ended.returncode == 0, ended.stdout
    assert "checked 16 pipelines" in ended.stderr


# --- packages


@pytest.fixture
def packages(project):
    """A package of 60 modules, which notes in the file `imports` that it is imported."""
    package = project / "lib/site-packages/heavy"
    package.mkdir(parents=True)
    for number in range(60):
        (package / f"m{number}.py").touch()
    lines = [f"from heavy import m{number}\n" for number in range(60)]
    note = f"import os\nwith open({str(project / 'imports')!r}, 'a') as file: file.write('x')\n"
    kept = "WHERE = os.getcwd()\nSET = os.environ.get('SET', '')\nCOUNT = []\n"
    (package / "__init__.py").write_text(note + kept + "".join(lines))
    return package


def check_packages(project):
    """How often the package was imported. A process of its own: it begins without what tests have loaded."""
    before = len((project / "imports").read_text()) if (project / "imports").exists() else 0
    words = [sys.executable, "-m", "runnable.cli", "check", "p"]
    environment = {**os.environ, "PYTHONPATH": str(project / "lib/site-packages")}
    ended = subprocess.run(words, cwd=project, env=environment, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stdout + ended.stderr
    return len((project / "imports").read_text()) - before


USES = "import heavy\nassert not heavy.COUNT and not heavy.SET\nheavy.COUNT.append(1)\n"


def test_a_package_that_many_files_import_is_imported_a_few_times_and_none_sees_what_another_does_to_it(
    project, packages
):
    for number in range(40):
        pipeline(project, f"p/p{number:02}.py", before=USES)
    assert check_packages(project) <= 4 * len(os.sched_getaffinity(0)) + 1


@pytest.mark.parametrize(
    "odd",
    [
        "import os\nos.environ['SET'] = 'mine'\nimport heavy\nassert heavy.SET == 'mine'\n",
        "import os\nos.chdir('p')\nimport heavy\nassert heavy.WHERE.endswith('/p'), heavy.WHERE\n",
        "import heavy\nassert heavy.MINE\n",
    ],
    ids=["environment", "folder", "of its own"],
)
def test_a_file_that_makes_another_of_a_package_has_that(odd, project, packages):
    for number in range(30):
        pipeline(project, f"p/a/p{number:02}.py", before=USES)
    pipeline(project, "p/z/z.py", before=odd)
    if "MINE" in odd:
        (project / "p/z/heavy.py").write_text("MINE = True\n")
    pipeline(project, "p/z/zz.py", before="" if "MINE" in odd else USES)
    check_packages(project)


FORKING = """
import os, signal
import heavy
opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(40)]
if (child := os.fork()) == 0:
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    os._exit(0 if all(map(os.fstat, opened)) else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


def test_a_file_that_forks_finds_in_the_fork_what_it_has_opened(project, packages):
    for number in range(12):
        pipeline(project, f"p/p{number:02}.py", before=FORKING)
    assert check_packages(project) < 12


@pytest.mark.parametrize(
    "odd",
    ["import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n", "os._exit(3)\n"],
    ids=["thread", "end"],
)
def test_a_package_that_cannot_be_shared_is_imported_by_each(odd, project, packages):
    """That it ends the process that is to share it, and no other, is contrived."""
    only = "import sys\nif not sys.argv[0].startswith('p/'):\n    " if "exit" in odd else ""
    with (packages / "__init__.py").open("a") as file:
        file.write(only + odd)
    for number in range(30):
        pipeline(project, f"p/p{number:02}.py", before=USES)
    assert check_packages(project) >= 30


# --- compile


def test_a_folder_compiles_to_a_folder_of_the_same_shape_with_the_bytes_of_each_by_itself(project):
    for path in ("p/a.py", "p/deep/a.py"):
        pipeline(project, path)
    pipeline(project, "p/bad.py", BAD)
    ended = command("compile", "p", "-o", "out", "--image", "mine:1", cwd=project)
    assert ended.returncode == 3
    assert "error[RN301]" in ended.stderr
    assert sorted(str(f.relative_to(project)) for f in project.glob("out/**/*.yaml")) == [
        "out/a.yaml",
        "out/deep/a.yaml",
    ]
    command("compile", "p/deep/a.py", "-o", "one.yaml", "--image", "mine:1", cwd=project)
    assert (project / "one.yaml").read_bytes() == (project / "out/deep/a.yaml").read_bytes()
    same = command("compile", "p", "--exclude", "bad.py", "--check", "out", "--image", "mine:1", cwd=project)
    assert same.returncode == 0, same.stdout
    other = command("compile", "p", "--exclude", "bad.py", "--check", "out", "--image", "mine:2", cwd=project)
    assert other.returncode == 6
    assert "deep/a.yaml" in other.stdout


def test_what_all_pipelines_are_warned_of_is_said_once_and_of_how_many(tmp_path):
    for name in ("a", "b", "c"):
        pipeline(tmp_path, f"{name}.py", before="print('hello')\n" if name == "c" else "")
    done = command("compile", "a.py", "b.py", "c.py", "-o", "out", cwd=tmp_path)
    assert done.stderr.count("warning[RN505]: no image is named") == 2
    assert "the same is said of 1 more file\n" in done.stderr


def test_the_manifest_of_a_pipeline_that_is_gone_is_a_difference_and_stays(project):
    for path in ("p/a.py", "p/deep/b.py"):
        pipeline(project, path)
    command("compile", "p", "-o", "out", "--image", "mine:1", cwd=project)
    (project / "out/kustomization.yaml").write_text("kind: Kustomization\n")
    (project / "p/deep/b.py").unlink()
    checked = command("compile", "p", "--check", "out", "--image", "mine:1", cwd=project)
    assert checked.returncode == 6
    assert "out/deep/b.yaml was compiled from a pipeline that is no longer there" in checked.stdout
    assert "kustomization" not in checked.stdout
    written = command("compile", "p", "-o", "out", "--image", "mine:1", cwd=project)
    assert written.returncode == 0
    assert "notice: out/deep/b.yaml" in written.stderr
    assert (project / "out/deep/b.yaml").exists()


def test_pipelines_of_the_same_output_name_are_an_error_and_nothing_is_written(project):
    pipeline(project, "p/a.py")
    pipeline(project, "q/a.py")
    ended = command("compile", "p", "q", "-o", "out", "--image", "mine:1", cwd=project)
    assert ended.returncode == 5
    assert "p/a.py and q/a.py would all be written to out/a.yaml" in ended.stderr
    assert not (project / "out").exists()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ([], "several pipelines need `-o FOLDER`"),
        (["-o", "file.yaml"], "and file.yaml is a file"),
        (["-o", "out", "--name", "x"], "--name is for one pipeline"),
        (["-o", "out", "--retry", "latest"], "--retry is for one pipeline"),
    ],
)
def test_what_several_pipelines_cannot_have_is_a_mistake_of_the_command_line(
    tmp_path, monkeypatch, capsys, options, problem
):
    from runnable.cli import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.yaml").touch()
    assert main(["compile", "a.py", "b.py", *options]) == 2
    assert problem in capsys.readouterr().err


# --- exit codes and the last line


def outcome(code=0, skipped="", findings=()):
    return Outcome(pipeline="a.py", exit_code=code, skipped=skipped, findings=findings)


@pytest.mark.parametrize(
    ("codes", "expected"), [([], 0), ([0, 0], 0), ([0, 4], 4), ([4, 3, 5], 3), ([3, 70], 70), ([6, 5], 5), ([7, 8], 8)]
)
def test_the_exit_code_of_several_is_the_first_of_a_fixed_order(codes, expected):
    assert worst(codes) == expected


def test_a_folder_without_pipelines_is_not_a_success():
    assert exit_code([]) == 3
    assert exit_code([outcome(skipped="it is a test")]) == 3
    assert conclusion([], "checked") == "no pipelines found"


def test_many_skipped_files_are_counted():
    text = conclusion([outcome(), *[outcome(skipped="it is a test")] * 12], "checked")
    assert text.splitlines()[:2] == ["checked 1 pipeline", "skipped 12 files:"]
    assert text.endswith("  and 2 more")


# --- formats

FINDING = Finding(
    pipeline="p/a.py",
    code="RN301",
    severity="error",
    message="100% wrong: a, b\nand more",
    file="/somewhere/p/a b.py",
    line=3,
    note="a note",
    help=None,
    text="",
)
NOWHERE = Finding.without_code("it broke", "p/a.py:main")

SARIF_SHAPE = {
    "type": "object",
    "required": ["version", "runs", "$schema"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id", "shortDescription", "fullDescription"],
                                            "properties": {
                                                "shortDescription": {"type": "object", "required": ["text"]},
                                                "fullDescription": {"type": "object", "required": ["text"]},
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": {"type": "object", "required": ["text"]},
                                "locations": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "required": ["physicalLocation"],
                                        "properties": {
                                            "physicalLocation": {
                                                "type": "object",
                                                "required": ["artifactLocation"],
                                                "properties": {
                                                    "artifactLocation": {
                                                        "properties": {"uri": {"type": "string", "pattern": "^[^ ]+$"}}
                                                    },
                                                    "region": {
                                                        "properties": {"startLine": {"type": "integer", "minimum": 1}}
                                                    },
                                                },
                                            }
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
"""What the schema of SARIF 2.1.0 asks of the objects that are written here."""


@pytest.mark.parametrize("findings", [[], [FINDING], [NOWHERE], [FINDING, NOWHERE, FINDING]])
def test_sarif_has_the_shape_of_its_schema(findings):
    document = json.loads(as_sarif(findings))
    jsonschema.validate(document, SARIF_SHAPE)
    [run] = document["runs"]
    assert len(run["results"]) == len(findings)
    for result in run["results"]:
        if "ruleId" in result:
            assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_names_files_relative_to_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    from dataclasses import replace

    within = replace(FINDING, file=str(tmp_path / "p/a b.py"))
    [run] = json.loads(as_sarif([within, FINDING]))["runs"]
    inner, outer = (one["locations"][0]["physicalLocation"]["artifactLocation"] for one in run["results"])
    assert inner == {"uri": "p/a%20b.py", "uriBaseId": "WORKINGDIRECTORY"}
    assert outer == {"uri": "file:///somewhere/p/a%20b.py"}
    assert run["originalUriBaseIds"]["WORKINGDIRECTORY"]["uri"] == f"{tmp_path.as_uri()}/"


def test_github_gets_one_command_a_finding_with_what_steers_it_escaped():
    assert as_github([FINDING, NOWHERE]).split("\n") == [
        "::error file=/somewhere/p/a b.py,line=3,title=runnable RN301::100%25 wrong: a, b%0Aand more%0Anote: a note",
        "::error file=p/a.py,title=runnable::it broke",
    ]


def test_the_keys_of_a_finding_in_json_are_these():
    """A promise to other tools: docs/command-line.md."""
    assert list(FINDING.to_json()) == ["pipeline", "code", "severity", "message", "file", "line", "note", "help"]


@pytest.mark.parametrize("format", ["json", "github", "sarif"])
def test_compile_prints_its_mistakes_in_the_format(project, monkeypatch, capsys, format):
    from runnable.cli import main

    monkeypatch.chdir(project)
    (project / "a.txt").touch()
    assert main(["compile", "a.txt", "--output-format", format]) == 3
    assert "RN001" in capsys.readouterr().out


def test_a_file_that_changes_the_working_folder_does_not_move_what_is_written(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    pipeline(project, "a.py", before=f"import os; os.chdir({str(elsewhere)!r})\n")
    ended = command("compile", "a.py", "-t", "ir", "-o", "a.ir", cwd=project)
    assert (ended.returncode, ended.stderr) == (0, "wrote a.ir\n")
    assert (project / "a.ir").exists()
    assert not list(elsewhere.iterdir())
