"""The rules of docs/architecture.md that a test can keep."""

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import runnable
from tests.support.paths import ROOT

SOURCES = sorted([*(ROOT / "compiler").rglob("*.py"), *(ROOT / "runtime_image").rglob("*.py")])
HEAVY = (
    "pydantic",
    "hera",
    "rich",
    "yaml",
    "kubernetes",
    "docker",
    "nbclient",
    "nbformat",
    "asyncio",
    "botocore",
    "fsspec",
    "opentelemetry",
    "multiprocessing",
)

NOT_TO_COMPILE = (
    "hera",
    "pydantic",
    "yaml",
    "subprocess",
    "socket",
    "hashlib",
    "tempfile",
    "shutil",
    "fractions",
    "runnable.runs.stores",
    "runnable.configuration.catalog_keys",
    "runnable.frontend.notebooks",
    "runnable.frontend.others",
    "runnable_runtime.tasks",
    "runnable_runtime.records",
)
"""What a compilation of Python functions to Argo loads none of, since each takes milliseconds."""

NOT_TO_RUN = (
    *("subprocess", "socket", "selectors", "tempfile", "shutil", "random", "hashlib", "logging", "traceback", "yaml"),
    "runnable_runtime.process.keeper",
    "runnable.executors.local.workers",
    "runnable.executors.local.kernels",
    "runnable.execution.caching",
    "runnable.runs.resume.pod_records",
)
"""What a run of Python functions in its own process loads none of, before they begin."""

WITH_TAGS = {
    "compiler/runnable/targets/argo/expressions.py": "writes them",
    "compiler/runnable/targets/argo/reading/expressions.py": "reads them",
    "compiler/runnable/targets/mermaid.py": "a hexagon of Mermaid's",
    "compiler/runnable/passes/checks/names.py": "the rule for names of steps, which hold for every target",
    "compiler/runnable/diagnostics/codes/shape.py": "the same rule in words",
    "runtime_image/runnable_runtime/values/parameters.py": "escapes them in data",
}
"""The modules that have `{{` in a text, and why."""

PRINT = [
    "diagnostics/terminal.py",  # `say`, which all others call
    "doctor/in_pod.py",  # for `doctor`, which reads it
    "images/build.py",  # what the engine says while it builds, as it is
    "replay/here.py",  # within the replayed task
]

PUBLIC = [
    "Approval",
    "AsyncPipeline",
    "AsyncPythonTask",
    "Catalog",
    "Conditional",
    "ConfigurationError",
    "ContainerTask",
    "DefinitionError",
    "ExecutionFailedError",
    "Fail",
    "HttpTask",
    "Loop",
    "Map",
    "NotebookJob",
    "NotebookTask",
    "Parallel",
    "Parameter",
    "Pipeline",
    "PythonJob",
    "PythonTask",
    "RunInterrupted",
    "RunnableError",
    "ShellJob",
    "ShellTask",
    "Stub",
    "Success",
    "TaskReturns",
    "TemplateTask",
    "auto",
    "card",
    "command",
    "email",
    "json",
    "load",
    "metric",
    "param",
    "pickled",
    "secret",
    "slack",
    "webhook",
]


def loaded_by(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after `code`."""
    script = f"{code}\nimport sys; print('\\n'.join(sorted({{m.partition('.')[0] for m in sys.modules}})))"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(ended.stdout.split())


def test_the_public_names_are_these():
    assert sorted(runnable.__all__) == PUBLIC


def test_import_runnable_loads_nothing_heavy():
    assert not loaded_by("import runnable") & set(HEAVY)


def test_import_runnable_loads_only_what_pipelines_are_written_with():
    ours = "{m.split('.')[1] for m in sys.modules if m.startswith('runnable.')}"
    code = f"from runnable import *; import sys; print(*sorted({ours}))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ended.stdout.split() == ["diagnostics", "sdk"]


def test_a_local_run_without_configuration_loads_nothing_heavy(tmp_path):
    code = f"import os; os.chdir({str(tmp_path)!r}); from runnable import *; Pipeline(steps=[Stub(name='a')]).execute()"
    assert not loaded_by(code) & set(HEAVY)


def test_a_run_of_functions_in_this_process_loads_only_what_it_needs(tmp_path):
    (tmp_path / "p.py").write_text(
        "from runnable import Pipeline, PythonTask\ndef work(x: int = 0) -> int:\n    return x\n"
        "Pipeline(steps=[PythonTask(name='a', function=work, returns=['x'])]).execute()\n"
        f"import sys; found = set(sys.modules) & set({NOT_TO_RUN!r}); assert not found, found\n"
        "assert len(sys.modules) < 410, len(sys.modules)\n"
    )
    subprocess.run([sys.executable, "p.py"], check=True, cwd=tmp_path)


def test_a_compilation_of_functions_loads_only_what_it_needs(tmp_path):
    (tmp_path / "steps.py").write_text("def work(x: int = 0) -> int:\n    return x\n")
    (tmp_path / "p.py").write_text(
        "from steps import work\nfrom runnable import Pipeline, PythonTask\n"
        "pipeline = Pipeline(steps=[PythonTask(name='a', function=work, returns=['x'])])\n"
    )
    code = "from runnable.cli import main; assert main(['compile', 'p.py', '-o', 'p.yaml']) == 0\n"
    code += f"import sys; found = set(sys.modules) & set({NOT_TO_COMPILE!r}); assert not found, found\n"
    code += "assert len(sys.modules) < 360, len(sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "compiler"), str(ROOT / "runtime_image")])}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment)


def test_the_runtime_loads_neither_the_compiler_nor_third_parties():
    assert not loaded_by("import runnable_runtime.entrypoint, runnable_runtime.task") & {"runnable", *HEAVY}


def test_a_task_without_a_store_does_not_wait_for_one(tmp_path):
    arguments = [
        "--protocol",
        "1",
        "--spec",
        '{"name":"a","stub":""}',
        "--inputs",
        "",
        "--outputs",
        str(tmp_path / "o"),
    ]
    code = f"import sys; from runnable_runtime.entrypoint import main; assert main({arguments!r}) == 0\n"
    code += "assert not {'runnable_runtime.stores.location', 'runnable_runtime.stores.settings'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_no_module_is_longer_than_400_lines():
    long = {str(p.relative_to(ROOT)): n for p in SOURCES if (n := len(p.read_text().splitlines())) > 400}
    assert not long


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All that a module consists of, as Python parses it: several rules are about it."""
    return tuple(ast.walk(ast.parse(path.read_text())))


@pytest.fixture(scope="module", autouse=True)
def _kept_for_these_rules_only():
    """A million nodes are not kept for the tests of other files, where each look for garbage would go through them."""
    yield
    nodes.cache_clear()


def test_no_function_is_longer_than_a_screen():
    found = {}
    for path in SOURCES:
        for node in nodes(path):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 60:
                    found[f"{path.relative_to(ROOT)}:{node.name}"] = length
    assert not found


@pytest.mark.parametrize("package", ["kubernetes", "k8s_job"])
def test_what_is_not_for_argo_knows_nothing_of_it(package):
    modules = list((ROOT / "compiler" / "runnable" / "targets" / package).rglob("*.py"))
    assert modules
    assert not [path.name for path in modules if "runnable.targets.argo" in path.read_text()]


def texts(path):
    """The texts of a module that are no documentation, as Python sees them: doubled braces of an f-string are one."""
    documentation = {id(node.value) for node in nodes(path) if isinstance(node, ast.Expr)}
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def test_only_the_modules_of_argos_expressions_have_its_tags():
    found = {
        str(path.relative_to(ROOT)) for path in SOURCES if any("{{" in text.replace("\\", "") for text in texts(path))
    }
    assert len(SOURCES) > 300
    assert found == set(WITH_TAGS)


def test_only_say_prints_so_that_no_name_or_message_steers_a_terminal():
    found = {}
    for path in sorted((ROOT / "compiler").rglob("*.py")):
        calls = [node.func for node in nodes(path) if isinstance(node, ast.Call)]
        if any(isinstance(one, ast.Name) and one.id == "print" for one in calls) or _writes(calls):
            found[str(path.relative_to(ROOT / "compiler" / "runnable"))] = True
    assert list(found) == PRINT


def _writes(calls: list[ast.expr]) -> bool:
    """Whether one of the calls is `sys.stdout.write`, or of its buffer or standard error."""
    written = [ast.unparse(one) for one in calls if isinstance(one, ast.Attribute) and one.attr == "write"]
    return any(one.startswith(("sys.stdout.", "sys.stderr.")) for one in written)


NAMED_BY_OTHERS = ("cli", "configuration", "frontend", "manifests", "replay", "code", "fused")
"""Folders whose modules look for files by names that users, records, manifests and notebooks give."""


def test_whether_a_file_is_there_is_asked_so_that_no_name_ends_in_a_traceback():
    asked = ("is_file", "is_dir", "exists")
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        if path.parent.name in NAMED_BY_OTHERS
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in asked
    ]
    assert found == [], "ask runnable_runtime.presence"


@pytest.mark.parametrize("word", ["utils", "helpers", "misc"])
def test_no_module_has_a_name_that_says_nothing(word):
    assert not [p for p in SOURCES if p.stem == word]


def test_generated_pages_are_up_to_date():
    subprocess.run([sys.executable, "-m", "tests.support.generated", "--check"], check=True, cwd=ROOT)
