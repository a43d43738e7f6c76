"""The process that a pod's tasks are forked of: what it has, what it does not have, and what its death means."""

import json
import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest

import runnable_runtime
from runnable_runtime.fused.packages import _imported
from tests.unit.runtime.fused.test_batch import LINES, of_item
from tests.unit.runtime.fused.test_pod import Pod, member

MODULE = """
import atexit, os, random, sys
import seen, threads
random.seed(1)
print("imported")
atexit.register(lambda: open(f"{os.environ['OUT']}/end-{os.getpid()}", "w").close())
left = open(f"{os.environ['OUT']}/left-{os.getpid()}", "w")
def draw(x):
    left.write("written")
    return [random.random(), seen.NUMBER, os.getppid()]
"""


@pytest.fixture
def pod(tmp_path):
    return Pod(tmp_path)


def packages(pod, **texts):
    """Have installed packages; each line that one writes to the file `imports` is an import of it."""
    folder = pod.project.parent / "site-packages"
    folder.mkdir()
    for name in ("seen", "threads"):
        counts = f"import os, random\nopen(os.environ['OUT'] + '/imports', 'a').write('{name}\\n')\n"
        (folder / f"{name}.py").write_text(counts + texts.get(name, "NUMBER = os.environ.get('KEY', 'none')\n"))
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(Path(runnable_runtime.__file__).parent.parent)])}


def run(pod, one, inputs=LINES, batch=True, key=None, **texts):
    variables = packages(pod, **texts)
    out = pod.project.parent / "seen"
    out.mkdir()
    (pod.project / "draws.py").write_text(MODULE)
    more = {"KEY": key} if key else {}
    code, shown, err = pod.run(one, inputs=inputs, batch=batch, OUT=str(out), keep="found", **variables, **more)
    assert code == 0, err
    return shown, (out / "imports").read_text().split(), out


DRAW = of_item("s0", "draws:draw", reads="x", returns="found")
DRAW = replace(DRAW, spec=replace(DRAW.spec, kind="python"))


def test_packages_are_imported_once_and_the_users_modules_for_each_item(pod):
    shown, imports, out = run(pod, DRAW)
    assert imports == ["seen", "threads"]
    assert shown.count("imported\n") == 5
    results = [document["out"] for document in json.loads(pod.out.read_text())]
    found = [json.loads(one)["found"] for one in results]
    assert len({draw for draw, _, _ in found}) == 1, "the module seeds random numbers, in each item"
    assert len({parent for _, _, parent in found}) == 1
    assert len(list(out.glob("end-*"))) == 5
    assert [file.read_text() for file in out.glob("left-*")] == ["written"] * 5


def test_where_a_package_starts_a_thread_each_item_imports_for_itself(pod):
    thread = "import threading, time\nthreading.Thread(target=time.sleep, args=(3600,), daemon=True).start()\n"
    _, imports, _ = run(pod, DRAW, threads=thread)
    assert imports.count("threads") == 6


def test_a_package_sees_the_secret_of_a_task_that_has_one(pod):
    reads = replace(DRAW, spec=replace(DRAW.spec, secrets=("KEY",), returns=()))
    shown, imports, _ = run(pod, reads, key="a long secret")
    assert imports.count("seen") == 5
    assert "a long secret" not in shown


def test_no_process_has_anothers_secrets(pod):
    theirs = "cat /proc/$PPID/environ /proc/$(cut -d' ' -f4 /proc/$PPID/stat)/environ"
    none = f"test -n \"$({theirs} | tr -d '\\0')\" && ! {theirs} | grep -q 'long secret'"
    one = member("s1", f"{none} && test \"$KEY\" = 'a long secret'", kind="shell", secrets=("KEY",))
    two = member("s2", f'{none} && test -z "$KEY"', kind="shell")
    code, out, err = pod.run(one, two, KEY="a long secret")
    assert code == 0, out + err


def test_a_pod_whose_nursery_is_killed_has_died(pod):
    kills = "sleep 63 & kill -9 $(cut -d' ' -f4 /proc/$PPID/stat); sleep 60"
    code, _, err = pod.run(member("s1", kills, kind="shell", attempts=3))
    assert code == 128 + signal.SIGKILL
    assert err.splitlines()[-1] == "what the tasks of this pod are run by was killed"
    assert not pgrep("sleep 63")


def test_with_a_pod_that_is_killed_its_tasks_end(pod):
    process = pod.start(member("s1", "touch up; sleep 64", kind="shell"))
    deadline = time.monotonic() + 30
    while not (pod.project / "up").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.kill()
    process.communicate()
    while pgrep("sleep 64"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_does_not_end_in_time_is_killed_with_all_that_it_has_started(pod, monkeypatch):
    monkeypatch.setattr("runnable_runtime.fused.members.GRACE", 0.2)
    from runnable_runtime import protocol
    from runnable_runtime.fused.pod import run as run_pod
    from runnable_runtime.fused.spec import FusedSpec

    monkeypatch.chdir(pod.project)
    monkeypatch.setenv("TMPDIR", str(pod.project.parent / "scratch"))
    stubborn = member("s1", "trap '' TERM; sleep 65; sleep 65", kind="shell", timeout=1)
    ended = run_pod(FusedSpec("all", (stubborn,)), "", "")
    assert (ended.code, ended.words) == (protocol.EXIT_TASK_FAILED, "step 's1' failed: timed out after 1 s")
    assert not pgrep("sleep 65")


def pgrep(words):
    return subprocess.run(["pgrep", "-fx", words], capture_output=True, check=False).stdout


def test_what_modules_of_the_project_import_at_their_top_is_known_without_importing_them(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "__init__.py").write_text("import json\n")
    (tmp_path / "own" / "part.py").write_text("from . import other\nfrom a.b import c\n")
    (tmp_path / "own" / "other.py").write_text("try:\n    import d\nexcept ImportError: pass\ndef f(): import e\n")
    (tmp_path / "main.py").write_text("import own.part as p, f.g\nimport main\nraise SystemExit\n")
    assert list(_imported("main", [tmp_path], set())) == ["json", "d", "a.b", "a.b.c", "f.g"]
    (tmp_path / "main.py").write_text("this is no Python")
    assert list(_imported("main", [tmp_path], set())) == []
