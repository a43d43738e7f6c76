"""`runnable plan`: what it says is what then runs, and why."""

import json
import re
import shutil

import pytest

from runnable.cli import main
from tests.support.local_runs import open_store
from tests.support.paths import ROOT

CODE = """
from runnable import *

SCALE = 2

def read(orders: list[str]) -> list[str]:
    return sorted(orders)

def price(order: str) -> int:
    return len(order) * SCALE

def total(prices: list[int], rate: float = 1.0) -> float:
    return sum(prices) * rate

def report(sum: float) -> None:
    print(str(sum))

each = PythonTask(name="price", function=price, returns=["prices"], cache=True).as_pipeline()
pipeline = Pipeline(name="orders", steps=[
    PythonTask(name="read", function=read, returns=["sorted_orders"], cache=True),
    Map(name="each", branch=each, iterate_on="sorted_orders", iterate_as="order"),
    PythonTask(name="total", function=total, returns=["sum"], cache=True),
    PythonTask(name="report", function=report),
])

if __name__ == "__main__":
    pipeline.execute(parameters_file="orders.yaml")
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").touch()
    write(tmp_path, CODE, "orders: [pears, figs]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(project, code, orders):
    (project / "p.py").write_text(code)
    (project / "orders.yaml").write_text(orders)


def run(run_id, *options):
    main(["run", "-q", "p.py", "--run-id", run_id, "-p", "orders.yaml", *options])


def planned(capsys, *options):
    capsys.readouterr()
    assert main(["plan", "p.py", "-p", "orders.yaml", "--format", "json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def tasks(found):
    """The tasks of a plan by their paths."""
    pending, listed = list(found["steps"]), {}
    while pending:
        step = pending.pop()
        pending += step.get("steps", [])
        if "runs" in step:
            listed[step["path"]] = step
    return listed


def did(project, run_id):
    """Of a run, how often each step really ran, and how often what it returned was taken."""
    found = {}
    for path, step in open_store(project / ".run_log_store", "file-system").read(run_id).steps.items():
        if step.attempts and step.kind != "map":
            place = re.sub(r"\.\d+(?=\.|$)", ".*", path)
            ran, cached = found.get(place, (0, 0))
            reused = bool(step.attempts[-1].reused)
            found[place] = ran + (not reused), cached + reused
    return found


CHANGES = {
    "nothing": (CODE, "orders: [pears, figs]\n", ()),
    "code": (CODE.replace("SCALE = 2", "SCALE = 3"), "orders: [pears, figs]\n", ("price", "SCALE", "p.py", 4)),
    "a parameter of a later step": (CODE, "orders: [pears, figs]\nrate: 2.0\n", ("total", "rate", "orders.yaml", 2)),
    "the list": (CODE, "orders: [pears, figs, kiwis]\n", ("read", "orders", "orders.yaml", 1)),
    "a step without cache": (
        CODE.replace("str(sum)", "repr(sum)"),
        "orders: [pears, figs]\n",
        ("report", "report", "p.py", 15),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_planned_to_run_or_be_cached_is_what_then_does_and_the_change_is_named(change, project, capsys):
    run("before")
    code, orders, named = CHANGES[change]
    write(project, code, orders)
    plan = planned(capsys)
    run("after")
    found, actual = tasks(plan), did(project, "after")
    for path, (ran, cached) in actual.items():
        for key, number in (("runs", ran), ("cached", cached)):
            least, most = found[path][key]["least"], found[path][key]["most"]
            assert least <= number
            assert most is None or number <= most, (path, key)
    if change == "nothing":
        assert plan["totals"]["cached"] == {"least": 4, "most": 4}
        assert plan["totals"]["runs"] == {"least": 1, "most": 1}
        return
    step, what, file, line = named
    whys = tasks(plan)[f"each.*.{step}" if step == "price" else step]["why"] or plan["latest"]["steps"][step]["why"]
    (change,) = whys[0]["changes"]
    assert what in change["name"]
    assert (change["file"], change["line"]) == (file, line)


def test_of_a_parameter_that_has_changed_both_values_are_told(project, capsys):
    run("before")
    why = tasks(planned(capsys, "-p", 'orders=["x"]'))["read"]["why"][0]
    assert why["run_id"] == "before"
    assert why["changes"][0] | {"line": 0} == {
        "name": "parameter orders",
        "file": "orders.yaml",
        "line": 0,
        "before": '["pears", "figs"]',
        "now": '["x"]',
    }


def test_a_plan_like_a_run_that_failed_takes_what_retry_takes(project, capsys):
    broken = CODE.replace("return sum(prices) * rate", "raise ValueError('no rate')")
    write(project, broken, "orders: [pears, figs]\n")
    run("broken")
    plan = planned(capsys, "--like", "broken")
    assert plan["totals"] == {
        "runs": {"least": 2, "most": 2},
        "cached": {"least": 0, "most": 0},
        "taken": {"least": 3, "most": 3},
    }
    assert "no rate" in tasks(plan)["total"]["why"][0]["text"]
    write(project, CODE, "orders: [pears, figs]\n")
    assert main(["retry", "broken", "p.py"]) == 0
    record = open_store(project / ".run_log_store", "file-system").read("broken")
    again = [path for path, step in record.steps.items() if len(step.attempts) > 1 or path == "report"]
    assert again == ["total", "report"]


def test_what_has_changed_of_a_step_that_is_taken_is_told_and_with_rerun_changed_it_runs(project, capsys):
    run("before")
    write(project, CODE.replace("sorted(orders)", "sorted(orders)[:9]"), "orders: [pears, figs]\n")
    taken = tasks(planned(capsys, "--like", "before"))["read"]
    assert (taken["taken"]["least"], taken["why"][0]["changes"][0]["line"]) == (1, 6)
    again = planned(capsys, "--like", "before", "--rerun-changed")
    assert tasks(again)["read"]["runs"] == {"least": 1, "most": 1}
    assert tasks(again)["report"]["why"][0]["text"] == "something before it runs again"


def test_a_file_that_a_step_puts_into_the_catalog_is_known_only_when_it_has(tmp_path, monkeypatch, capsys):
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.yaml").write_text("{}\n")
    (tmp_path / "p.py").write_text((ROOT / "examples/14-caching/caching.py").read_text())
    run("first")
    fit = tasks(planned(capsys))["fit"]
    assert (fit["runs"], fit["cached"]) == ({"least": 0, "most": 1}, {"least": 0, "most": 1})
    assert "'write prices' puts it" in fit["why"][0]["text"]


def test_nothing_runs_and_nothing_is_written(project, capsys):
    before = sorted(project.rglob("*"))
    planned(capsys)
    planned(capsys, "--target", "argo", "--image", "image:1")
    after = [path for path in sorted(project.rglob("*")) if "__pycache__" not in path.parts]
    assert after == before


def test_the_text_is_a_tree_with_counts_and_what_argo_needs(project, capsys):
    orders = json.dumps([f"order {n}" for n in range(300)])
    steps = CODE.replace('iterate_on="sorted_orders"', 'iterate_on="orders"')
    write(project, steps, f"orders: {orders}\n")
    assert main(["plan", "p.py", "-p", "orders.yaml", "--target", "argo", "--image", "image:1"]) == 0
    text = capsys.readouterr().out
    assert "  each     300 items of orders\n    price  runs \N{MULTIPLICATION SIGN} 300\n" in text
    assert "  pods      303 in all, 300 at one time\n" in text
    assert "  images    image:1\n" in text
    assert len(text.splitlines()) < 30


def test_a_pipeline_with_a_mistake_has_no_plan(project, capsys):
    write(project, CODE.replace('returns=["sorted_orders"]', 'returns=["others"]'), "orders: []\n")
    assert main(["plan", "p.py"]) == 3
    assert "sorted_orders" in capsys.readouterr().err


def test_an_open_parameter_is_known_when_the_workflow_is_submitted(project, capsys):
    code = CODE.replace(
        'Pipeline(name="orders", ', 'Pipeline(name="orders", parameters=[Parameter(name="orders", type=list[str])], '
    )
    write(project, code, "rate: 1.0\n")
    plan = planned(capsys, "--target", "argo", "--image", "image:1")
    assert plan["open"] == ["orders"]
    assert plan["argo"]["pods"] == {"least": 3, "most": None}
    assert plan["argo"]["unknown_lists"] == ["each"]


def test_what_the_newest_run_has_left_may_be_gone_and_there_is_a_plan_all_the_same(project, capsys):
    large = CODE.replace("return sorted(orders)", "return [one * 500_000 for one in sorted(orders)]")
    reduced = large.replace('iterate_as="order")', 'iterate_as="order", reducer="max")').replace(
        "list[int], rate", "int, rate"
    )
    write(project, reduced.replace("sum(prices) * rate", "prices * rate"), "orders: [pears, figs]\n")
    run("before")
    shutil.rmtree(project / ".catalog")
    plan = planned(capsys)
    assert "is not in the store any more" in tasks(plan)["read"]["why"][0]["text"]
    assert plan["totals"]["runs"]["least"] >= 2


@pytest.mark.parametrize(
    ("options", "told"), [(("--rerun-changed",), "goes with --like"), (("--image", "a:1"), "goes with --target argo")]
)
def test_an_option_that_would_have_no_effect_is_refused(options, told, project, capsys):
    assert main(["plan", "p.py", "-p", "orders.yaml", *options]) == 2
    assert told in capsys.readouterr().err


def test_a_run_that_is_not_there_is_told(project, capsys):
    assert main(["plan", "p.py", "-p", "orders.yaml", "--like", "nothing"]) == 8
    assert "'nothing'" in capsys.readouterr().err
