"""A shell task: parameters as variables in, exported variables out, output as it comes."""

import io
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from runnable_runtime.failures import BadInput, BadReturn, UserCodeFailed
from runnable_runtime.protocol import ReturnSpec, TaskSpec
from runnable_runtime.task import run

RUNTIME = str(Path(sys.modules["runnable_runtime"].__file__).parent.parent)


def shell(command, *returns, parameters=None, secrets=(), **options):
    spec = TaskSpec("shell", command, "step", tuple(ReturnSpec.decode(r) for r in returns), secrets=secrets)
    return run(spec, parameters or {}, project=Path.cwd(), **options)


def test_parameters_are_variables_texts_as_they_are_and_others_as_json(capsys):
    parameters = {"x": 10, "text": "a 'b' $c", "flag": True, "nothing": None, "data": {"x": 10, "foo": "bär"}}
    shell('for v in "$x" "$text" "$flag" "$nothing" "$data"; do echo "$v"; done', parameters=parameters)
    assert capsys.readouterr().out == '10\na \'b\' $c\ntrue\nnull\n{"x": 10, "foo": "bär"}\n'


def test_parameters_are_never_part_of_the_command(capsys):
    shell("echo $x", parameters={"x": "$(echo injected); `echo injected` && exit 3"})
    assert capsys.readouterr().out == "$(echo injected); `echo injected` && exit 3\n"


def test_names_that_are_no_variable_names_are_left_out():
    result = shell("true", parameters={"ok": 1, "not ok": 2, "9x": 3, "a-b": 4, "ünicode": 5})
    assert result.inputs == {"ok": 1}


def test_the_environment_is_inherited_then_the_tasks_own_then_the_parameters(capsys, monkeypatch):
    monkeypatch.setenv("RT_ONE", "inherited")
    monkeypatch.setenv("RT_TWO", "inherited")
    command = 'test -n "$PATH" && echo $RT_ONE $RT_TWO $RT_THREE'
    shell(command, environment={"RT_TWO": "own", "RT_THREE": "own"}, parameters={"RT_THREE": "parameter"})
    assert capsys.readouterr().out == "inherited own parameter\n"


@pytest.mark.parametrize("name", ["PATH", "LD_PRELOAD", "PYTHONPATH", "RUNNABLE_RUN_ID", "TOKEN"])
def test_no_parameter_replaces_what_steers_a_command_or_a_secret(name):
    with pytest.raises(BadInput, match=f"the parameter '{name}' would replace the"):
        shell("true", parameters={name: "x"}, secrets=("TOKEN",))


def test_exported_variables_are_the_returns_as_json_where_they_are_json():
    command = """export number=5 text=hello padded=007 data='{"a": [1, null]}' empty="""
    result = shell(command, "number", "text", "padded", "data", "metric:empty")
    assert result.outputs == {"number": 5, "text": "hello", "padded": "007", "data": {"a": [1, None]}, "empty": ""}
    assert result.metrics == ("empty",)


@pytest.mark.parametrize(
    "command",
    [
        "export x=1; exit 0",
        "trap 'echo mine' EXIT; export x=1",
        "set -eu; set -C; export x=1",
        "export x=1 # a comment",
        "export x=1\ncat <<END\ntext\nEND",
        "# a comment first\nexport x=1",
        "export PATH=/nowhere x=1",
        "cd /; export x=1",
        "export x=1; (exit 3) || true",
        "export x=0; export x=1; sh -c 'export x=2'",
    ],
)
def test_returns_are_read_however_the_command_ends(command):
    assert shell(command, "x").outputs == {"x": 1}


def test_values_may_have_several_lines():
    assert shell("export x='a\nb=c\n'", "x").outputs == {"x": "a\nb=c\n"}


def test_a_parameter_that_is_only_passed_on_counts_as_exported():
    assert shell("true", "x", parameters={"x": [1]}).outputs == {"x": [1]}


@pytest.mark.parametrize("command", ["x=1", "exec true", "(export x=1)", "unset x"])
def test_a_return_that_was_not_exported_is_refused_with_the_way_out(command):
    with pytest.raises(BadReturn, match=r"did not export x: write `export x=\.\.\.` in it"):
        shell(command, "x")


def test_a_text_that_looks_like_a_number_is_returned_as_it_is_and_a_metric_is_a_number():
    result = shell(
        "export sha=73e5 version=1.10 n=3 loss=0.50 kind=x", "sha", "version", "n", "metric:loss", "metric:kind"
    )
    assert result.outputs == {"sha": "73e5", "version": "1.10", "n": 3, "loss": 0.5, "kind": "x"}


@pytest.mark.parametrize("returns", [(), ("x",)])
def test_a_failure_has_the_exit_code_and_the_last_line_of_stderr(returns):
    with pytest.raises(UserCodeFailed) as raised:
        shell("export x=1; echo first >&2; echo 'oh no' >&2; echo out; exit 3", *returns)
    assert raised.value.message == "command exited with 3: oh no"


@pytest.mark.parametrize("returns", [(), ("x",)])
def test_the_last_commands_code_is_the_shells(returns):
    with pytest.raises(UserCodeFailed, match="exited with 7"):
        shell("export x=1; sh -c 'exit 7'", *returns)


def test_an_end_by_a_signal_is_named():
    with pytest.raises(UserCodeFailed, match="ended by signal 9"):
        shell("kill -9 $$")


def test_line_numbers_in_the_shells_messages_are_the_commands(capsys):
    with pytest.raises(UserCodeFailed, match=r"2:.*not.found"):
        shell("true\nno-such-command-here", "x")


def test_output_goes_to_the_current_streams_of_python(monkeypatch):
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    shell("echo to out; echo to err >&2; printf 'no end'")
    assert (out.getvalue(), err.getvalue()) == ("to out\nno end", "to err\n")


def test_output_is_shown_while_the_command_runs(monkeypatch, tmp_path):
    class Watched(io.StringIO):
        def write(self, text):
            if "first" in text:
                seen.set()
            return super().write(text)

    seen = threading.Event()
    monkeypatch.setattr(sys, "stdout", Watched())
    # The command ends only when its first line, without an end, has been shown.
    watcher = threading.Thread(target=lambda: seen.wait(20) and (tmp_path / "go").touch())
    watcher.start()
    shell(f"printf first; until test -e {tmp_path}/go; do sleep 0.02; done")
    watcher.join()


def test_bytes_that_are_no_text_are_shown_replaced(capsys):
    shell(r"printf 'a\377b\n'")
    assert capsys.readouterr().out == "a\ufffdb\n"


def test_much_output_is_passed_on_whole(capsys):
    shell("head -c 3000000 /dev/zero | tr '\\0' x")
    assert len(capsys.readouterr().out) == 3_000_000


def test_nothing_can_be_read_from_stdin():
    assert shell("export x=$(cat | wc -c)", "x").outputs == {"x": 0}


def test_what_runs_on_in_the_background_ends_with_the_command(tmp_path):
    shell(f"sleep 60 & echo $! > {tmp_path}/pid")
    pid = int((tmp_path / "pid").read_text())
    assert ended_within(pid, 5)


def test_a_value_too_large_for_a_variable_is_left_out_with_a_notice(capsys):
    shell("test -z $(printenv big) && echo $small $biggest", parameters={"big": "x" * 200_000, "small": 1})
    captured = capsys.readouterr()
    assert captured.out == "1\n"
    assert captured.err == "runnable: 'big' (200,004 bytes) is too large for a variable and is left out\n"


@pytest.mark.parametrize("reads", ["echo $big", 'echo "${#big}"', "test -n ${big:-none}"])
def test_a_command_that_reads_a_value_too_large_for_a_variable_does_not_run(reads):
    with pytest.raises(BadInput, match="is too large for a variable: read it in a PythonTask"):
        shell(reads, parameters={"big": "x" * 200_000})


@pytest.mark.parametrize("text", ["a\0b", "half \ud800"], ids=["NUL", "surrogate"])
def test_texts_that_no_variable_can_hold_are_bad_input(text):
    with pytest.raises(BadInput, match="parameter 'x' has"):
        shell("true", parameters={"x": text})


def test_an_interrupt_ends_the_whole_group_and_goes_on(tmp_path):
    def interrupt():
        while not (tmp_path / "pid").exists():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        shell(f"sleep 60 & echo $! > {tmp_path}/part; mv {tmp_path}/part {tmp_path}/pid; wait")
    thread.join()
    assert ended_within(int((tmp_path / "pid").read_text()), 5)


@pytest.mark.parametrize(("grace", "cleaned"), [("None", True), ("0.2", False)])
def test_sigterm_reaches_the_command_which_gets_its_time_to_clean_up(tmp_path, grace, cleaned):
    trap = f"sleep 1; touch {tmp_path}/cleaned; exit"
    command = f"""sh -c 'trap "{trap}" TERM; touch {tmp_path}/up; while :; do sleep 0.05; done'"""
    program = textwrap.dedent(
        f"""
        from pathlib import Path
        from runnable_runtime.protocol import TaskSpec
        from runnable_runtime.process.signals import stop_on_sigterm
        from runnable_runtime.task import run
        stop_on_sigterm(grace={grace})
        run(TaskSpec("shell", {command!r}), {{}}, project=Path.cwd())
        """
    )
    process = subprocess.Popen([sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": RUNTIME})
    while not (tmp_path / "up").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 143
    assert (tmp_path / "cleaned").exists() is cleaned


def ended_within(pid, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_of_many_parameters_the_largest_are_left_out_until_the_rest_fits(capfd):
    parameters = {f"text{n}": "x" * 100_000 for n in range(30)} | {"small": "here"}
    shell('echo "$small ${#text29}"', parameters=parameters)
    out, err = capfd.readouterr()
    assert out.startswith("here ")
    assert err.count("is too large for a variable and is left out") > 5
    assert "'small'" not in err


def test_a_return_that_no_program_could_be_given_is_written_by_the_shell_itself():
    command = "export large=$(head -c 220000 /dev/zero | tr '\\0' x) small=1 mid='two words'"
    assert shell(command, "large", "small", "mid").outputs == {"large": "x" * 220_000, "small": 1, "mid": "two words"}


def test_such_a_return_that_was_not_exported_is_missed_all_the_same():
    with pytest.raises(BadReturn, match="did not export other"):
        shell("export large=$(head -c 220000 /dev/zero | tr '\\0' x)", "large", "other")
