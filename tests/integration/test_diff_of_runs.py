"""`runnable diff RUN OTHER` names the one thing that was changed between two runs."""

import json
import os
import time

import pytest

from runnable.differences.changes import changes
from runnable_runtime.records.origin import Machine, Origin
from tests.support.commands import command
from tests.support.synthetic import run as made
from tests.support.synthetic import step

CODE = """
from pathlib import Path
from runnable import *
import shop
from prices import rate

SCALE = 2

def read(orders: list[str]) -> list[str]:
    return [f"{order}:{Path('discounts.csv').read_text().strip()}" for order in orders]

def price(order: str) -> float:
    return len(order) * SCALE * rate() + shop.VALUE

def count(prices: list[float]) -> int:
    import os, time
    return round(sum(prices)) + len(os.environ.get("MODE", "")) + len(time.strftime("%Z"))

each = PythonTask(name="price", function=price, returns=["prices"]).as_pipeline()
pipeline = Pipeline(name="orders", steps=[
    ShellTask(name="label", command="export label=first", returns=["label"]),
    Stub(name="keep", catalog=Catalog(put=["model.bin"])),
    PythonTask(name="read", function=read, returns=["lines"]),
    Map(name="each", branch=each, iterate_on="lines", iterate_as="order"),
    PythonTask(name="count", function=count, returns=["total"], env={"MODE": "fast"}),
])
"""
FILES = {
    "pyproject.toml": "",
    "p.py": CODE,
    "prices.py": "def rate():\n    return 3\n",
    "orders.yaml": "orders: [pears, figs]\n",
    "discounts.csv": "10\n",
    "model.bin": "weights\n",
    "c.yaml": "pipeline-executor: {type: local, enable_parallel: false}\n",
    "../site-packages/shop/__init__.py": "VALUE = 1\n",
    "../site-packages/shop-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: shop\nVersion: 1.0\n",
}


@pytest.fixture
def project(tmp_path):
    for name, text in FILES.items():
        (tmp_path / "project").mkdir(exist_ok=True)
        write(tmp_path / "project" / name, text)
    return tmp_path / "project"


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def replaced(file, old, new):
    def change(project):
        text = (project / file).read_text()
        assert old in text
        (project / file).write_text(text.replace(old, new))
        later = time.time() + 2  # Python takes a module of the same size and second for the one that it has compiled
        os.utime(project / file, (later, later))

    return change


def another_version(project):
    (project / "../site-packages/shop-1.0.dist-info").rename(project / "../site-packages/shop-1.1.dist-info")
    replaced("../site-packages/shop-1.1.dist-info/METADATA", "1.0", "1.1")(project)
    replaced("../site-packages/shop/__init__.py", "VALUE = 1", "VALUE = 2")(project)


def run(project, run_id, **variables):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RUNNABLE_")}
    path = os.pathsep.join([str(project.parent / "site-packages"), environment.get("PYTHONPATH", "")]).rstrip(
        os.pathsep
    )
    environment |= {"PYTHONPATH": path, "TZ": "UTC", **variables}
    ended = command(
        "run",
        "-q",
        "p.py",
        "-p",
        "orders.yaml",
        "-c",
        "c.yaml",
        "--run-id",
        run_id,
        cwd=project,
        environment=environment,
    )
    assert ended.returncode == 0, ended.stderr
    return ended


def diff(project, *options):
    ended = command("diff", "one", "two", *options, cwd=project)
    assert ended.returncode in (0, 6), ended.stderr
    return ended


def nothing(project):
    pass


CASES = {
    "a function": (replaced("p.py", "len(order) * SCALE", "len(order) + SCALE"), {}, ("code", "price", "p.py", 12)),
    "a value": (replaced("p.py", "SCALE = 2", "SCALE = 4"), {}, ("code", "SCALE", "p.py", 7)),
    "a function of another file": (replaced("prices.py", "3", "5"), {}, ("code", "rate", "prices.py", 1)),
    "a command": (replaced("p.py", "label=first", "label=second"), {}, ("code", "command of label", None, None)),
    "a parameter": (replaced("orders.yaml", "figs", "plums"), {}, ("parameter", "orders", None, None)),
    "a data file": (replaced("discounts.csv", "10", "20"), {}, ("file", "discounts.csv", None, None)),
    "a file that is put": (replaced("model.bin", "weights", "others"), {}, ("file", "model.bin", None, None)),
    "a package": (another_version, {}, ("package", "shop", None, None)),
    "a step's variable": (
        replaced("p.py", '"fast"', '"slower"'),
        {},
        ("environment", "variable MODE of count", None, None),
    ),
    "a variable": (nothing, {"TZ": "Etc/GMT+11"}, ("environment", "variable TZ", None, None)),
    "the configuration": (replaced("c.yaml", "false", "true"), {}, ("configuration", "c.yaml", None, None)),
    "a step": (replaced("p.py", 'name="keep"', 'name="hold"'), {}, ("step", "hold", None, None)),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_the_one_thing_that_was_changed_is_named(project, case):
    change, variables, (kind, name, file, line) = CASES[case]
    run(project, "one")
    change(project)
    run(project, "two", **variables)
    found = json.loads(diff(project, "--format", "json").stdout)
    named = [(one["kind"], one["name"], one["file"], one["line"]) for one in found["changes"]]
    if kind == "step":  # another name is another step, and the old one is gone
        assert named == [(kind, name, file, line), ("step", "keep", None, None)]
    else:
        assert named == [(kind, name, file, line)]
    assert name in diff(project).stdout


@pytest.mark.slow
def test_nothing_has_changed_and_yet_it_ended_otherwise(project):
    replaced("p.py", "return [f", "import random; return [str(random.random())] + [f")(project)
    run(project, "one")
    run(project, "two")
    ended = diff(project)
    assert ended.returncode == 6
    assert "nothing that is recorded has changed" in ended.stdout
    assert "read had the same code and was given the same: it is random" in ended.stdout


@pytest.mark.slow
def test_what_followed_is_listed_from_the_first_step_on(project):
    run(project, "one")
    replaced("p.py", "SCALE = 2", "SCALE = 4")(project)
    run(project, "two")
    ended = diff(project)
    assert ended.returncode == 6
    assert "  each.*.price: prices 49 \N{RIGHTWARDS ARROW} 97 (2 times, first each.0.price)" in ended.stdout
    assert "  count: total " in ended.stdout
    report = command("report", "two", "one", "-o", "-", cwd=project).stdout
    assert "<td>SCALE in p.py</td>" in report


def test_the_earlier_run_is_the_one_before_however_they_are_named(tmp_path):
    for words in (("diff", "one"), ("diff", "one", "two", "--against", "there")):
        ended = command(*words, cwd=tmp_path)
        assert (ended.returncode, "either a pipeline and --against, or two runs" in ended.stderr) == (2, True)
    assert command("diff", "one", "two", cwd=tmp_path).returncode == 8


def named(before, now, tmp_path):
    return [(one.kind, one.name, one.before, one.now) for one in changes(before, now, tmp_path)]


def test_images_are_compared_by_their_content(tmp_path):
    machines = [Machine(host="a", image="orders:1", digest=digest) for digest in ("sha256:1", "sha256:2")]
    before, now = (made(step("fit", (0,), 0, 1, machine=machine)) for machine in machines)
    assert named(before, now, tmp_path) == [("image", "what a step runs in", "orders:1 sha256:1", "orders:1 sha256:2")]


def test_another_python_and_another_version_of_this_package_are_named(tmp_path):
    before = made(origin=Origin(version="0.1", surroundings="a"), code={"a": {"python": "3.11.2"}})
    now = made(origin=Origin(version="0.1", surroundings="b"), code={"b": {"python": "3.12.0"}})
    assert named(before, now, tmp_path) == [("environment", "python", "3.11.2", "3.12.0")]
    now = made(origin=Origin(version="0.2", surroundings="a"), code={"a": {"python": "3.11.2"}})
    assert named(before, now, tmp_path) == [("package", "runnable", "0.1", "0.2")]
    older = made()
    assert named(older, now, tmp_path) == [], "records of before have no surroundings"
