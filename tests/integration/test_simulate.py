"""`runnable simulate`: how long a run would take, by a recorded one or by a file; what is refused, and CI's limits."""

import json

import pytest

from runnable.cli import main
from runnable.configuration import load_configuration
from runnable.runs.stores.project import project_store

CODE = """
import time
from runnable import *

def read(orders: list[str]) -> list[str]:
    time.sleep(0.1)
    return sorted(orders)

def price(order: str) -> int:
    time.sleep(0.2)
    return len(order)

def total(prices: list[int]) -> int:
    time.sleep(0.1)
    return sum(prices)

large = {"cpu": "2", "memory": "1Gi"}
each = PythonTask(name="price", function=price, returns=["prices"], resources=large).as_pipeline()
pipeline = Pipeline(name="orders", steps=[
    PythonTask(name="read", function=read, returns=["sorted_orders"]),
    Map(name="each", branch=each, iterate_on="sorted_orders", iterate_as="order"),
    PythonTask(name="total", function=total, returns=["sum"]),
])
"""
ORDERS = "orders: [pears, figs, plums, limes]\n"
DURATIONS = "steps: {read: 1m, price: 10s}\notherwise: 2s\nreturns: {sorted_orders: 30}\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "p.py").write_text(CODE)
    (tmp_path / "orders.yaml").write_text(ORDERS)
    (tmp_path / "durations.yaml").write_text(DURATIONS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def simulated(capsys, *options):
    capsys.readouterr()
    assert main(["simulate", "p.py", "-p", "orders.yaml", "--format", "json", *options]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_recorded_run_takes_as_long_as_it_took_and_with_other_workers_as_they_take(project, capsys, workers):
    (project / "c.yaml").write_text(
        f"pipeline-executor: {{type: local, enable_parallel: true, max_workers: {workers}}}\n"
    )
    assert main(["run", "-q", "p.py", "-p", "orders.yaml", "--run-id", "it", "-c", "c.yaml"]) == 0
    found = simulated(capsys, "--like", "it")
    assert found["place"]["at_once"] == workers, "as the run was configured"
    assert found["attempts"] == 6
    took = project_store(load_configuration("", project)).read("it").seconds
    assert found["makespan"] == pytest.approx(took, rel=0.1, abs=0.05)
    other = simulated(capsys, "--like", "it", "--at-once", "4")
    assert other["makespan"] < found["makespan"] or workers == 4
    changes = {one["step"]: one["makespan"] for one in found["variants"]}
    assert changes["each.*.price"] < found["makespan"]


def test_a_file_says_how_long_steps_take_and_how_many_items_there_are(project, capsys):
    asked = ("--durations", "durations.yaml", "-t", "argo", "--at-once", "10", "--start", "5s")
    found = simulated(capsys, *asked)
    assert (found["makespan"], found["attempts"], found["widest"]) == (117, 32, 10)
    assert found["critical_path"][-1] == {
        "path": "total",
        "attempt": 1,
        "started": 115,
        "seconds": 2,
        "waited": 0,
        "waited_for": None,
    }
    assert found["hours"]["cpu"] == pytest.approx((30 * 10 * 2 + (60 + 2) * 0.1) / 3600, abs=1e-6)
    assert simulated(capsys, *asked, "--node", "cpu=4,memory=16Gi,count=2")["makespan"] == 65 + 8 * 15 + 7
    assert simulated(capsys, *asked, "--quota", "memory=2200Mi")["makespan"] == 65 + 15 * 15 + 7
    assert simulated(capsys, *asked, "--no-variants")["variants"] == []


def test_ci_has_limits_of_time_and_of_cost(project, capsys):
    asked = ["simulate", "p.py", "-p", "orders.yaml", "--durations", "durations.yaml", "-t", "argo"]
    assert main([*asked, "--max-time", "10m", "--max-cost", "5"]) == 0
    capsys.readouterr()
    assert main([*asked, "--max-time", "60s"]) == 9
    assert "it takes 87.0 s, more than --max-time 60 s" in capsys.readouterr().err
    (project / "c.yaml").write_text(
        "pipeline-executor: {type: argo, image: 'i:1'}\nprices: {cpu: 100, currency: EUR}\n"
    )
    assert main([*asked, "-c", "c.yaml", "--max-cost", "5"]) == 9
    assert "EUR, more than --max-cost 5" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("durations.yaml", "step: {read: 1m}\n", "durations.yaml: step: there is no such key"),
        ("durations.yaml", "steps: {read: soon}\n", "'soon' is no duration"),
        ("durations.yaml", "iterations: {read: 0}\n", "at least 1 iteration"),
        ("durations.yaml", "- 1\n", "durations.yaml"),
        ("c.yaml", "prices: {cpu: -1}\n", "a price is a number from 0"),
        ("c.yaml", "prices: {disk: 1}\n", "prices.disk: there is no such key"),
        ("c.yaml", "prices: 3\n", "prices: a mapping is needed"),
    ],
)
def test_mistakes_in_files_are_reported(project, capsys, file, text, words):
    (project / "c.yaml").write_text("{}\n")
    (project / file).write_text(text)
    assert main(["simulate", "p.py", "-p", "orders.yaml", "--durations", "durations.yaml", "-c", "c.yaml"]) == 4
    assert words in capsys.readouterr().err


def test_what_the_command_line_says_is_read_or_refused(project, capsys):
    for words in (("--node", "big"), ("--start", "soon"), ("--quota", "cpu=1,count=2"), ("--at-once", "0")):
        with pytest.raises(SystemExit) as ended:
            main(["simulate", "p.py", *words])
        assert ended.value.code == 2
    assert main(["simulate", "p.py", "--like", "nothing"]) == 8


def test_the_text_names_the_critical_path_and_what_would_change_it(project, capsys):
    assert main(["simulate", "p.py", "-p", "orders.yaml", "--durations", "durations.yaml", "-t", "argo"]) == 0
    printed = capsys.readouterr().out
    assert "orders (p.py): simulated on Argo, 5.0 s for a pod to start" in printed
    assert "makespan  1 min 27 s" in printed
    assert "69% of the time: read" in printed
    assert "read in half of its time" in printed


def test_on_argo_fewer_pods_are_tried_and_those_that_are_asked_for_are_simulated(project, capsys):
    asked = ("--durations", "durations.yaml", "-t", "argo", "--at-once", "10", "--start", "5s")
    found = simulated(capsys, *asked)
    assert found["pods"] == 32
    batched = next(one for one in found["variants"] if one["change"] == "batch=3 of each, 12 pods")
    (project / "p.py").write_text(CODE.replace('iterate_as="order"', 'iterate_as="order", batch=3'))
    shared = simulated(capsys, *asked)
    assert (shared["pods"], shared["attempts"]) == (12, 32)
    assert shared["makespan"] == batched["makespan"]
    assert shared["makespan"] == pytest.approx((5 + 60) + (5 + 2 * 10.3) + (5 + 2)), (
        "two at a time, by the limit of cpu"
    )
    assert simulated(capsys, "--durations", "durations.yaml")["pods"] is None, "here nothing shares a pod"
    (project / "s3.yaml").write_text("run-log-store: {type: chunked-s3, config: {bucket: b, credentials_secret: s}}\n")
    assert shared["place"]["inside"] == 0.3
    assert simulated(capsys, *asked, "-c", "s3.yaml")["place"]["inside"] == 1, "a process that opens a bucket"


def test_batches_that_cannot_be_are_refused_as_a_compilation_refuses_them(project, capsys):
    (project / "p.py").write_text(
        CODE.replace('iterate_as="order"', 'iterate_as="order", batch=10').replace(
            ".as_pipeline()", ".as_pipeline()\neach.steps.append(Stub(name='rest'))"
        )
    )
    asked = ["simulate", "p.py", "-p", "orders.yaml", "--durations", "durations.yaml", "-t", "argo"]
    assert main(asked) != 0
    assert "RN921" in capsys.readouterr().err
