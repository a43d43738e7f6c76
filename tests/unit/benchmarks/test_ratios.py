"""Ratios to peers that are kept over time, and what has become worse."""

import json

import pytest

from benchmarks import ratios
from benchmarks.measure import Command
from benchmarks.page import page
from tests.support.paths import ROOT


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Ratios of two commits: `a` was 0.4 and is 0.2, `b` was measured once."""
    file = tmp_path / "ratios.jsonl"
    seconds = {"wall": 0.5, "ours_cpu": 0.1, "ours_wall": 0.3}
    lines = [
        {"commit": "1", "date": "d", "measured": "d", "on": "m", "ratios": {"a / x": {"cpu": 0.4, **seconds}}},
        {"commit": "2", "date": "d", "measured": "d", "on": "m", "ratios": {"a / x": {"cpu": 0.2, **seconds}}},
    ]
    lines[0]["ratios"]["b / x"] = {"cpu": 3.0, **seconds}
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    monkeypatch.setattr(ratios, "KEPT", file)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    ("name", "cpu", "is_worse"),
    [("a / x", 0.24, False), ("a / x", 0.26, True), ("b / x", 3.7, False), ("b / x", 3.8, True), ("new / x", 9, False)],
)
def test_what_is_a_quarter_worse_than_was_kept_last_is_said(name, cpu, is_worse):
    found = ratios.worse({name: ratios.Ratio(cpu, 1, 1, 1)})
    assert [line.split(": ")[0] for line in found] == ([name] if is_worse else [])


@pytest.mark.usefixtures("kept")
def test_what_does_not_run_is_said_too(tmp_path):
    figure = ratios.Figure("a / x", Command("ours", ["false"], tmp_path), Command("peer", ["true"], tmp_path))
    (line,) = ratios.worse(ratios.measured([figure], 1))
    assert line.startswith("a / x: fails")


def test_of_two_measurements_the_better_one_counts():
    slow, fast = ratios.Ratio(0.5, 1, 1, 1), ratios.Ratio(0.2, 1, 1, 1)
    assert ratios.better(slow, fast) == ratios.better(fast, slow) == fast
    assert ratios.better("fails: x", fast) == ratios.better(fast, "fails: x") == fast
    assert ratios.better("fails: x", "fails: y") == "fails: y"


def test_the_page_is_that_of_what_is_kept():
    assert (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8") == page(ratios.kept())
