"""mypy sees what is right and wrong in uses of the SDK, and `help` what a class takes; pyright: see install/."""

import inspect
import subprocess
import sys

import pytest

import runnable
from tests.support.paths import ROOT
from tests.support.uses import USES, found_in, wrong


def test_mypy_finds_the_wrong_uses_and_no_others(tmp_path):
    command = [sys.executable, "-m", "mypy", "--config-file=", "--strict", "--no-error-summary", USES]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert found_in(ended.stdout, r":(\d+): error:") == wrong(), ended.stdout


CLASSES = [getattr(runnable, name) for name in runnable.__all__ if isinstance(getattr(runnable, name), type)]


@pytest.mark.parametrize("kind", [c for c in CLASSES if not issubclass(c, Exception)], ids=lambda c: c.__name__)
def test_help_shows_what_a_class_takes(kind):
    shown = inspect.signature(kind)
    assert not {"keywords", "span"} & set(shown.parameters)
    assert not any(taken.kind is inspect.Parameter.VAR_POSITIONAL for taken in shown.parameters.values())
    needed = [name for name, p in shown.parameters.items() if p.default is p.empty and p.kind is p.KEYWORD_ONLY]
    assert list(shown.parameters)[: len(needed)] == needed
    assert kind.__doc__
    assert kind.__doc__.split("\n")[0].endswith((".", ";"))


def test_what_is_needed_comes_first():
    assert list(inspect.signature(runnable.Map).parameters)[:4] == ["name", "branch", "iterate_on", "iterate_as"]
