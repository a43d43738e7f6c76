"""The image's entrypoint, as a process: its options, exit codes, outputs file and last words."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import runnable_runtime
from runnable_runtime import entrypoint, protocol
from runnable_runtime.protocol import ReturnSpec, TaskSpec
from runnable_runtime.values.parameters import decode_lines


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "steps.py").write_text(
        """if True:
        import os, sys, time
        def add(a: int, b: int = 1):
            print("adding")
            return a + b, {"note": "{{=x}}"}
        def fail(): raise ValueError("boom")
        def inside(): return os.environ["RUNNABLE_INSIDE_TASK"]
        def wait():
            try:
                open("up", "w").close()
                time.sleep(60)
            finally:
                print("cleaned")
        def stubborn():
            while True:
                try:
                    open("up", "w").close()
                    time.sleep(60)
                except BaseException:
                    open("asked", "w").close()
        """
    )
    return folder


def command(target, *returns, inputs="", kind="python", number=protocol.PROTOCOL_VERSION):
    spec = TaskSpec(kind, target, "step", tuple(ReturnSpec.decode(r) for r in returns))
    options = ["--protocol", str(number), "--spec", json.dumps(spec.to_json()), "--inputs", inputs]
    return [sys.executable, "-m", "runnable_runtime", *options, "--outputs", "out/outputs.json"]


def start(project, arguments, **options):
    environment = {**os.environ, "PYTHONPATH": str(Path(runnable_runtime.__file__).parent.parent)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(arguments, cwd=project, env=environment, **pipes, **options)


def finish(project, arguments):
    process = start(project, arguments)
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def outputs(project):
    return (project / "out" / "outputs.json").read_text()


def test_a_task_writes_a_line_for_each_output_that_argo_does_not_evaluate(project):
    code, out, err = finish(project, command("steps:add", "sum", "more", inputs='{"a": 1}\n["a", "2"]'))
    assert (code, out, err) == (0, "adding\n", "")
    assert outputs(project) == '{"sum":3}\n{"more":{"note":"{\\u007b=x}}"}}\n'
    assert os.listdir(project / "out") == ["outputs.json"]


def test_outputs_that_are_printed_are_the_last_line(project):
    arguments = command("steps:add", "sum", "more", inputs='{"a": 1}')[:-1]
    code, out, _ = finish(project, [*arguments, protocol.OUTPUTS_PRINTED])
    assert code == 0
    assert json.loads(out.splitlines()[-1]) == {"sum": 2, "more": {"note": "{{=x}}"}}


def test_a_task_without_returns_writes_an_empty_object(project):
    assert finish(project, command("true", kind="shell"))[0] == 0
    assert outputs(project) == "{}\n"


def test_the_users_failure_ends_with_1_its_trace_and_its_message_last(project):
    code, _, err = finish(project, command("steps:fail", "x"))
    assert code == 1
    assert err.startswith("Traceback (most recent call last):\n")
    assert err.splitlines()[-1] == "ValueError: boom (steps.py:6 in fail)"
    assert "runnable_runtime" not in err
    assert not (project / "out").exists()


def test_a_task_of_a_map_that_collects_leaves_its_message(project):
    spec = {"name": "map.*.step", "python": "steps:fail", "reports": True}
    arguments = command("steps:fail")
    arguments[arguments.index("--spec") + 1] = json.dumps(spec)
    assert finish(project, arguments)[0] == 1
    assert outputs(project) == '["error","ValueError: boom (steps.py:6 in fail)"]\n'


def test_a_bad_return_ends_with_1(project):
    code, _, err = finish(project, command("steps:add", "x", "y", "z", inputs='{"a": 1}'))
    assert (code, err) == (1, "steps:add returned 2 values, and its step declares 3: x, y, z\n")


@pytest.mark.parametrize("inputs", ["{", "[]", '{"a": "many"}', '{"b": 1}', "@/no/such/file"])
def test_bad_inputs_end_with_3(project, inputs):
    code, _, err = finish(project, command("steps:add", inputs=inputs))
    assert code == 3
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("spec", ["{", "[]", '{"name": "n"}', '{"python": "a:b", "shell": "c"}', '{"python": 5}'])
def test_a_spec_that_is_none_ends_with_3(project, spec):
    options = ["--protocol", "1", "--spec", spec, "--inputs", ""]
    code, _, err = finish(project, [sys.executable, "-m", "runnable_runtime", *options])
    assert code == 3
    assert "spec" in err


def test_another_protocol_ends_with_4_whatever_else_it_says(project):
    arguments = [sys.executable, "-m", "runnable_runtime", "--protocol", "99", "--new-option", "x", "--flag"]
    code, _, err = finish(project, arguments)
    assert code == 4
    assert "task protocol 99" in err
    assert f"protocol {protocol.PROTOCOL_VERSION}: rebuild the image" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--protocol is missing"),
        (["--protocol", "1", "--inputs", ""], "--spec is missing"),
        (["--protocol", "1", "--spec"], "--spec needs a value"),
        (["--protocol", "1", "--speck", "x"], "there is no option '--speck'"),
    ],
    ids=str,
)
def test_wrong_arguments_end_with_2_and_the_usage(project, arguments, message):
    code, _, err = finish(project, [sys.executable, "-m", "runnable_runtime", *arguments])
    assert code == 2
    assert err.splitlines() == [entrypoint._USAGE, message]


def test_long_values_are_read_from_files(project):
    (project / "inputs").write_text('{"a": 41}')
    assert finish(project, command("steps:add", "sum", "more", inputs=f"@{project}/inputs"))[0] == 0
    assert decode_lines(outputs(project))["sum"] == 42


def test_the_version_is_the_distributions(project, capsys):
    assert entrypoint.main(["--version"]) == 0
    version, task_protocol = runnable_runtime.__version__, protocol.PROTOCOL_VERSION
    assert capsys.readouterr().out == f"runnable_runtime {version}, task protocol {task_protocol}\n"


def test_a_shell_command_may_run_a_pipeline_of_its_own(project):
    assert finish(project, command("export x=${RUNNABLE_INSIDE_TASK:-unset}", "x", kind="shell"))[0] == 0
    assert outputs(project) == '{"x":"unset"}\n'


def test_user_code_can_tell_that_it_runs_inside_of_a_task(project):
    assert finish(project, command("steps:inside", "x"))[0] == 0
    assert outputs(project) == '{"x":"1"}\n'


def test_the_message_is_also_where_kubernetes_looks_for_it_cut_to_2_kib(project, monkeypatch, tmp_path, capsys):
    log = tmp_path / "termination-log"
    log.touch()
    monkeypatch.setattr(protocol, "TERMINATION_LOG", str(log))
    assert entrypoint._ended(1, "ü" * 3000) == 1
    assert log.read_text() == "ü" * 1024
    assert capsys.readouterr().err == "ü" * 3000 + "\n"


def test_outputs_that_cannot_be_written_are_a_failure_with_the_reason(project):
    (project / "out").touch()
    code, _, err = finish(project, command("true", kind="shell"))
    assert (code, err) == (1, "the outputs cannot be written to out/outputs.json: File exists\n")


def wait_for(process, path):
    while not path.exists():
        assert process.poll() is None
        time.sleep(0.01)


def test_sigterm_lets_python_clean_up_and_ends_with_143(project):
    process = start(project, command("steps:wait"))
    wait_for(process, project / "up")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (143, "cleaned\n", "the task was stopped by SIGTERM\n")


def test_a_second_sigterm_ends_what_does_not_want_to(project):
    process = start(project, command("steps:stubborn"))
    wait_for(process, project / "up")
    process.send_signal(signal.SIGTERM)
    wait_for(process, project / "asked")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143


def test_prints_are_not_held_back(project):
    process = start(project, command("echo now; sleep 60", kind="shell"))
    assert process.stdout.readline() == "now\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143


def test_starting_a_task_imports_little(project):
    arguments = command("steps:inside", "x")
    arguments[1:1] = ["-X", "importtime"]
    _, _, err = finish(project, arguments)
    imported = {line.rpartition("|")[2].strip() for line in err.splitlines()}
    assert "runnable_runtime.entrypoint" in imported
    assert not imported & {
        "argparse",
        "asyncio",
        "dataclasses",  # which loads `inspect`
        "inspect",
        "subprocess",
        "tempfile",
        "traceback",
        "logging",
        "runnable",
        "pydantic",
        "runnable_runtime.redaction",
        "runnable_runtime.stores.patterns",
    }
