"""A notebook task: executed once, parameters in, variables out, kept whatever happens."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from runnable.executors.local.kernels import ready_kernels
from runnable_runtime.failures import BadInput, BadReturn, UserCodeFailed
from runnable_runtime.protocol import KERNELS_VARIABLE, ReturnSpec, TaskSpec
from runnable_runtime.task import run

nbformat = pytest.importorskip("nbformat", reason="the notebook extra is not installed")
RUNTIME = str(Path(sys.modules["runnable_runtime"].__file__).parent.parent)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def _nursery():
    """Where kernels are forked for the tests of this file."""
    with ready_kernels():
        yield os.environ[KERNELS_VARIABLE]


@pytest.fixture
def forked(_nursery, monkeypatch):
    """The kernel is forked, in a fifth of the time of one that is started: it is for what cells mean to IPython.

    That a forked one does as a started one is tested in tests/integration/test_warm_kernels.py.
    """
    monkeypatch.setenv(KERNELS_VARIABLE, _nursery)


def write(path, *sources, tagged=None, minor=5):
    """A notebook of these code cells, the one at index `tagged` being the parameters' cell."""
    from nbformat.v4 import new_code_cell, new_notebook

    cells = [new_code_cell(textwrap.dedent(source)) for source in sources]
    if tagged is not None:
        cells[tagged].metadata["tags"] = ["parameters"]
    notebook = new_notebook(cells=cells)
    if minor < 5:  # these have no ids
        notebook.nbformat_minor = minor
        for cell in cells:
            del cell["id"]
    nbformat.write(notebook, path)


def execute(project, *returns, parameters=None, **options):
    spec = TaskSpec("notebook", "it.ipynb", "step", tuple(map(ReturnSpec.decode, returns)), options.pop("path", ()))
    return run(spec, parameters or {}, project=project, **options)


def test_parameters_go_in_after_the_tagged_cell_and_variables_come_out(project, capsys):
    write("it.ipynb", "import sys, warnings", "x = 1\ny = 2", "z = {'sum': (x, y)}  # text\nprint(x, y)", tagged=1)
    result = execute(project, "z", "metric:x", parameters={"x": 10, "text": "a'b\n", "not a name": 1, "class": 2})
    assert result.outputs == {"z": {"sum": [10, 2]}, "x": 10}
    assert result.inputs == {"x": 10, "text": "a'b\n"}
    assert result.metrics == ("x",)
    captured = capsys.readouterr()
    assert captured.out == "10 2\n"
    assert captured.err == ""


def test_without_a_tagged_cell_parameters_go_first_and_every_value_keeps_its_type(project):
    write("it.ipynb", "same = [a, b, c, d, e]", minor=4)
    parameters = {"a": None, "b": True, "c": 1.0, "d": {"k": ["ü", {}]}, "e": "{{=x}}"}
    assert execute(project, "same", parameters=parameters).outputs == {"same": list(parameters.values())}


def test_it_is_executed_once_in_the_current_folder_with_this_interpreter_and_its_imports(project):
    (project / "lib").mkdir()
    (project / "lib" / "deep.py").write_text("value = 'deep'")
    (project / "top.py").write_text("value = 'top'")
    write(
        "it.ipynb",
        """
        import os, sys, deep, top
        with open('count', 'a') as file: file.write('x')
        found = [deep.value, top.value, os.getcwd(), sys.executable, os.environ['RT_OWN']]
        """,
    )
    result = execute(project, "found", path=("lib",), environment={"RT_OWN": "1"})
    assert result.outputs["found"] == ["deep", "top", str(project), sys.executable, "1"]
    assert (project / "count").read_text() == "x"


def test_the_executed_notebook_is_kept_without_the_cell_that_reads_returns(project):
    write("it.ipynb", "x = 1", "print('shown'); x", tagged=0)
    kept = project / "runs" / "kept.ipynb"
    execute(project, "x", parameters={"x": 5}, notebook_output=kept)
    cells = nbformat.read(kept, as_version=4).cells
    assert [cell.source for cell in cells] == ["x = 1", "# Injected parameters\nx = 5", "print('shown'); x"]
    assert [output.output_type for output in cells[2].outputs] == ["stream", "execute_result"]
    assert [path.name for path in kept.parent.iterdir()] == ["kept.ipynb"]


def test_parameters_of_an_earlier_run_are_replaced(project):
    write("it.ipynb", "x = 1", "y = x", tagged=0)
    execute(project, parameters={"x": 5}, notebook_output=project / "it.ipynb")
    assert execute(project, "y", parameters={"x": 6}, notebook_output=project / "again.ipynb").outputs == {"y": 6}
    assert len(nbformat.read(project / "again.ipynb", as_version=4).cells) == 3


def test_a_failing_cell_is_named_with_its_number_line_and_source_and_the_notebook_is_kept(project):
    write("it.ipynb", "x = 1", "def f():\n    raise ValueError('boom')\n", "\nf()", "print('never')", tagged=0)
    with pytest.raises(UserCodeFailed) as raised:
        execute(project, "x", parameters={"x": 2}, notebook_output=project / "kept.ipynb")
    assert raised.value.message == "ValueError: boom (it.ipynb, cell 3, line 2: f())"
    assert "raise ValueError('boom')" in raised.value.trace
    assert "\x1b" not in raised.value.trace
    cells = nbformat.read(project / "kept.ipynb", as_version=4).cells
    assert cells[3].outputs[0].ename == "ValueError"
    assert len(cells) == 5


def test_a_cell_whose_tags_are_null_has_none(project):
    write("it.ipynb", "x = 1", "1 / 0")
    notebook = json.loads(Path("it.ipynb").read_text())
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = None
    Path("it.ipynb").write_text(json.dumps(notebook))
    with pytest.raises(UserCodeFailed, match="ZeroDivisionError") as raised:
        execute(project, "x", parameters={"x": 2})
    assert "it.ipynb, cell 2, line 1" in raised.value.message


def test_a_cell_that_may_fail_does_not_fail_the_task(project):
    write("it.ipynb", "1 / 0", "x = 1")
    notebook = nbformat.read("it.ipynb", as_version=4)
    notebook.cells[0].metadata["tags"] = ["raises-exception"]
    nbformat.write(notebook, "it.ipynb")
    assert execute(project, "x").outputs == {"x": 1}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("y = 1", "the notebook does not define x, which its step returns"),
        ("x = [{1}]", r"x\[0\] is a value of type set, which is not JSON"),
        ("x = float('nan')", "x is nan"),
    ],
)
def test_a_return_that_is_missing_or_not_json_is_refused(project, source, message):
    write("it.ipynb", source)
    with pytest.raises(BadReturn, match=message):
        execute(project, "x")


def test_a_kernel_that_dies_is_the_tasks_failure(project):
    write("it.ipynb", "x = 1", "import os; os._exit(3)")
    with pytest.raises(UserCodeFailed, match=r"the kernel of it.ipynb died in cell 2"):
        execute(project, "x")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no notebook it.ipynb in"),
        ("not JSON", "it.ipynb is no notebook"),
        ("{}", "it.ipynb is no notebook"),
        (
            '{"cells": [], "metadata": {"kernelspec": {"language": "R"}}, "nbformat": 4, "nbformat_minor": 4}',
            "it.ipynb is a notebook in R, and only Python's are executed",
        ),
        (
            '{"cells": [], "metadata": {"language_info": {"name": "julia"}}, "nbformat": 4, "nbformat_minor": 4}',
            "it.ipynb is a notebook in julia, and only Python's are executed",
        ),
    ],
    ids=["missing", "text", "empty object", "R", "without a kernel"],
)  # fmt: skip
def test_what_is_no_python_notebook_is_refused(project, content, message):
    if content is not None:
        Path("it.ipynb").write_text(content)
    with pytest.raises(UserCodeFailed, match=message):
        execute(project)


def test_without_the_notebook_packages_the_way_to_get_them_is_said(project, monkeypatch):
    write("it.ipynb", "x = 1")
    monkeypatch.delitem(sys.modules, "runnable_runtime.tasks.kernel", raising=False)
    monkeypatch.delattr("runnable_runtime.tasks.kernel", raising=False)
    monkeypatch.setitem(sys.modules, "nbclient", None)
    with pytest.raises(BadInput, match=r"pip install 'runnable-pipelines\[notebook\]'"):
        execute(project)


def test_sigterm_interrupts_the_cell_and_ends_the_kernel(project):
    write(
        "it.ipynb",
        """
        import os, time
        try:
            open('pid', 'w').write(str(os.getpid())); os.rename('pid', 'up'); time.sleep(60)
        finally:
            open('cleaned', 'w')
        """,
    )
    program = """if True:
        from pathlib import Path
        from runnable_runtime.protocol import TaskSpec
        from runnable_runtime.process.signals import stop_on_sigterm
        from runnable_runtime.task import run
        stop_on_sigterm()
        run(TaskSpec("notebook", "it.ipynb"), {}, project=Path.cwd(), notebook_output=Path("kept.ipynb"))
    """
    process = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": RUNTIME})
    while not Path("up").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 143
    assert Path("cleaned").exists()
    assert Path("kept.ipynb").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(Path("up").read_text()), 0)


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize(
    "cell",
    [
        "r = num",
        "r = eval('nu' + 'm')",
        "r = globals()['nu' + 'm']",
        "import builtins\nr = get_ipython().user_ns['nu' + 'm']",
        "import os\nos.makedirs('7', exist_ok=True)\n%cd -q {num}\nr = int(os.path.basename(os.getcwd()))",
        "import os\n%env X=$num\nr = int(os.environ['X'])",
        "x = !echo $num\nr = int(x[0])",
        "%%capture out\nprint(num)\nr = num",
        "def f():\n    return num\nr = f()",
        "r = __import__('__main__').__dict__['nu' + 'm']",
        "from string import Template\nr = int(Template('$num').substitute(globals()))",
        "import sys\nr = sys._getframe().f_globals['nu' + 'm']",
        "import sys\nr = getattr(sys.modules[__name__], 'nu' + 'm')",
    ],
)
def test_a_parameter_is_there_however_a_cell_names_it(project, cell):
    write("it.ipynb", cell)
    assert execute(project, "r", parameters={"num": 7, "other": 1}).outputs == {"r": 7}


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize("name", ["input", "id", "filter", "list", "type", "_", "display", "globals"])
def test_a_parameter_may_be_named_as_what_python_has_already(project, name):
    write("it.ipynb", f"r = [{name}]")
    assert execute(project, "r", parameters={name: 7}).outputs == {"r": [7]}


def test_a_parameter_that_no_cell_mentions_leaves_what_has_its_name_alone(project):
    write("it.ipynb", "r = 1")
    assert execute(project, "r", parameters={"print": 7}).inputs == {}


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize(
    "code", ["exit(0)", "exit()", "exit", "quit()", "import sys\nsys.exit()", "raise SystemExit(0)"]
)
def test_a_notebook_may_end_before_its_last_cell(project, code, tmp_path):
    write("it.ipynb", "r = 1", code, "r = 2")
    kept = tmp_path / "kept.ipynb"
    assert execute(project, "r", notebook_output=kept).outputs == {"r": 1}
    assert not [o for cell in nbformat.read(kept, 4).cells for o in cell.outputs if o.output_type == "error"]


@pytest.mark.usefixtures("forked")
@pytest.mark.parametrize("code", ["exit(3)", "import sys\nsys.exit('no data')", "raise SystemExit(1)"])
def test_a_notebook_that_exits_with_a_code_has_failed(project, code):
    write("it.ipynb", "r = 1", code)
    with pytest.raises(UserCodeFailed, match="SystemExit"):
        execute(project, "r")


def test_a_parameter_that_the_step_returns_is_there_though_no_cell_mentions_it(project):
    write("it.ipynb", "r = 1")
    assert execute(project, "r", "num", parameters={"num": 7}).outputs == {"r": 1, "num": 7}
