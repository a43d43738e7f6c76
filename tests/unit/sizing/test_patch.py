"""Suggestions are written into the calls that make the steps, and nothing else changes."""

import subprocess

import pytest

from runnable.sizing.patch import Wanted, patch, patched
from runnable.sizing.suggest import widest

SMALL = {"requests": {"cpu": "30m", "memory": "36Mi"}, "limits": {"memory": "36Mi"}}
TEXT = '{"requests": {"cpu": "30m", "memory": "36Mi"}, "limits": {"memory": "36Mi"}}'


def changed(source, *wanted):
    return patched(source, [Wanted(name, line, SMALL) for name, line in wanted])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('PythonTask(name="a", function=f)', f'PythonTask(name="a", function=f, resources={TEXT})'),
        ('PythonTask(name="a", function=f,)', f'PythonTask(name="a", function=f, resources={TEXT},)'),
        ("PythonTask(f)", f"PythonTask(f, resources={TEXT})"),
        (
            'runnable.ShellTask(name="größe", command="x")',
            f'runnable.ShellTask(name="größe", command="x", resources={TEXT})',
        ),
        ('PythonTask(name="a", resources={"cpu": "2", "memory": "1Gi"})', f'PythonTask(name="a", resources={TEXT})'),
        (
            'PythonTask(name="a", resources={"gpu": 1, "memory": "1Gi"})',
            f'PythonTask(name="a", resources={{"gpu": 1, {TEXT[1:]})',
        ),
    ],
)
def test_a_step_gets_what_is_suggested(before, after):
    name = "größe" if "größe" in before else "a"
    assert changed(f"x = 1\nstep = {before}\n", (name, 2)) == (f"x = 1\nstep = {after}\n", [])


@pytest.mark.parametrize(
    "source",
    [
        'PythonTask(name="b", function=f)',
        'PythonTask(name="a", resources=large)',
        'PythonTask(name="a", **options)',
        "make(f)",
        'PythonTask(name="a"), PythonTask(name="a")',
        "PythonTask()",
    ],
)
def test_where_it_is_not_clear_nothing_is_written(source):
    text, left = changed(f"{source}\n", ("a", 1))
    assert (text, [one.name for one in left]) == (f"{source}\n", ["a"])


def test_several_lines_and_steps_are_a_patch_that_git_takes(tmp_path):
    source = 'a = PythonTask(\n    name="a",\n    function=f,\n)\nb = ShellTask(name="b", command="""x\ny""")'
    text, left = changed(source, ("a", 1), ("b", 5))
    assert (left, text.count(TEXT)) == ([], 2)
    (tmp_path / "p.py").write_text(source)
    subprocess.run(["git", "apply"], input=patch(source, text, "p.py"), cwd=tmp_path, text=True, check=True)
    assert (tmp_path / "p.py").read_text() == text


def test_of_two_suggestions_for_one_call_the_larger_amounts_count():
    one = {"requests": {"cpu": "1", "memory": "36Mi"}, "limits": {"memory": "36Mi"}}
    other = {"requests": {"cpu": "900m", "memory": "1Gi"}}
    assert widest(one, other) == {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "36Mi"}}
