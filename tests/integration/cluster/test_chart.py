"""The chart: it lints, refuses values that it does not know, and the API server accepts what it renders."""

import shutil
import subprocess
from pathlib import Path

import pytest

CHART = Path(__file__).parents[3] / "helm" / "runnable"

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(shutil.which("helm") is None, reason="helm is not installed"),
]


def helm(*arguments):
    return subprocess.run(["helm", *map(str, arguments)], capture_output=True, text=True)


def test_the_chart_lints():
    ended = helm("lint", "--strict", CHART)
    assert ended.returncode == 0, ended.stdout


def test_an_unknown_value_is_refused():
    ended = helm("template", "r", CHART, "--set", "serviceAcount.name=x")
    assert ended.returncode != 0
    assert "serviceAcount" in ended.stderr


def test_the_api_server_accepts_what_it_renders():
    rendered = helm("template", "r", CHART, "--namespace", "default")
    assert rendered.returncode == 0, rendered.stderr
    ended = subprocess.run(
        ["kubectl", "apply", "-n", "default", "--dry-run=server", "--validate=strict", "-f", "-"],
        input=rendered.stdout,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.count("created") == 3
