"""At a prompt an error is a plain exception: the session goes on, and no message says how to exit."""

import subprocess
import sys

import pytest

CELLS = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in {cells!r}:
    shell.run_cell(cell)
"""
WRONG = "from runnable import *\nPythonTask(nam='f')"
FAILING = "def f():\n    1 / 0\nPipeline(steps=[PythonTask(name='f', function=f)]).execute()"
AFTER = "print('still', type(Pipeline).__name__)"


def at_a_prompt(*arguments, folder, text=None):
    return subprocess.run([sys.executable, *arguments], cwd=folder, input=text, capture_output=True, text=True)


@pytest.mark.slow
def test_ipython_shows_the_message_and_no_word_of_exits(tmp_path):
    ended = at_a_prompt("-c", CELLS.format(cells=[WRONG, FAILING, AFTER]), folder=tmp_path)
    assert "DefinitionError: error[RN201]: PythonTask takes no keyword 'nam'" in ended.stdout
    assert "ExecutionFailedError: error: the run" in ended.stdout
    assert "ZeroDivisionError: division by zero" in ended.stdout
    assert "still DeclaredType" in ended.stdout
    assert "%tb" not in ended.stdout + ended.stderr
    assert "To exit" not in ended.stdout + ended.stderr
    assert "declared.py" not in ended.stdout + ended.stderr


def test_pythons_own_prompt_goes_on(tmp_path):
    ended = at_a_prompt("-i", folder=tmp_path, text=f"{WRONG}\nprint('still here')\n")
    assert "still here" in ended.stdout
    assert "error[RN201]" in ended.stderr


def test_a_script_ends_with_the_message_alone(tmp_path):
    (tmp_path / "f.py").write_text(WRONG)
    ended = at_a_prompt("f.py", folder=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error[RN201]")
