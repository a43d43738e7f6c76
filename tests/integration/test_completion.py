"""Completion of the command line: what can come next, and real shells that ask for it."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runnable.cli import COMMANDS, main
from runnable.cli.candidates import FILES, VALUES, candidates, without_broken_part, words_of
from runnable.cli.completion import SHELLS
from runnable.runs.stores.file_system import FileSystemStore
from runnable_runtime.records.records import Kind, RunRecord, Status, StepRecord
from runnable_runtime.records.times import now


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    kinds = {
        "load": Kind.PYTHON,
        "each order": Kind.MAP,
        "each order.0": Kind.PIPELINE,
        "each order.0.price": Kind.PYTHON,
    }
    steps = {path: StepRecord(path=path, kind=kind, place=(at,)) for at, (path, kind) in enumerate(kinds.items())}
    run = RunRecord(run_id="calm-fjord-1", pipeline="orders", tag="prod", started=now(), steps=steps)
    store = FileSystemStore(tmp_path / ".run_log_store")
    writer = store.create(run)
    from dataclasses import replace

    writer.write_run(replace(run, status=Status.FAILED, ended=now()))
    writer.close()
    return tmp_path


def words(*typed):
    """The candidates, without what they are."""
    return [one.partition("\t")[0] for one in candidates(typed)]


def test_commands_with_what_they_do():
    assert words("") == list(COMMANDS)
    assert candidates(["sho"]) == ["show\tshow a recorded run, or a step of it"]
    assert words("--") == ["--help", "--version"]
    assert words("nonsense", "") == []


def test_options_of_the_command_each_once_unless_repeatable():
    assert words("run", "--fr") == ["--from"]
    assert "--tag" in words("run", "--")
    assert "--tag" not in words("run", "--tag", "x", "--")
    assert words("runs", "--status", "failed", "--stat") == ["--status"]
    assert not any(one.startswith("--words") for one in words("completion", "-"))


def test_values_of_options():
    assert words("check", "--output-format", "") == ["text", "json", "github", "sarif"]
    assert words("runs", "--status=fa") == ["--status=failed"]
    assert words("compile", "--target", "ar") == [VALUES, "argo"]
    assert words("explain", "rn301") == []
    assert words("explain", "RN301") == [VALUES, "RN301"]


@pytest.mark.parametrize(
    "typed",
    [
        ("run", ""),
        ("check", "a.py", "b"),
        ("run", "-c", ""),
        ("compile", "-o", ""),
        ("retry", "latest", ""),
        ("run", "-p", "x"),
    ],
)
def test_files_are_the_shells_own_matter(typed):
    assert words(*typed) == [FILES]


def test_subcommands_of_a_command():
    assert words("image", "b")[0] == "build"
    assert "--push" in words("image", "build", "--p")


def test_runs_and_steps_are_those_that_are_recorded(project):
    assert words("show", "") == [VALUES, "latest", "calm-fjord-1"]
    assert candidates(["retry", "calm"]) == [VALUES, "calm-fjord-1\torders, failed"]
    assert words("logs", "latest", "each") == [VALUES, "each order", "each order.0", "each order.0.price"]
    assert words("run", "pipe.py", "--from", "") == [VALUES, "load", "each order"]
    assert words("run", "pipe.py", "--like", "calm-fjord-1", "--only", "l") == [VALUES, "load"]
    assert words("runs", "--pipeline", "") == [VALUES, "orders"]
    assert words("prune", "--tag", "p") == [VALUES, "prod"]


def test_where_nothing_is_recorded_or_readable_there_is_nothing_and_no_message(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert words("show", "c") == []
    assert words("logs", "no-such-run", "") == []
    assert words("show", "-c", "no-such-file.yaml", "") == []
    assert main(["completion", "--words", "show", "-c", "no-such-file.yaml", ""]) == 0
    assert capsys.readouterr() == ("\n", "")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("runnable ", [""]),
        ("runnable", [""]),
        ("runnable sh", ["sh"]),
        ("runnable show  latest ", ["show", "latest", ""]),
        ("runnable show 'each or", ["show", "each or"]),
        (r"runnable logs x each\ or", ["logs", "x", "each or"]),
        ("runnable logs \"a b\" '' c", ["logs", "a b", "", "c"]),
    ],
)
def test_a_line_is_read_as_the_shell_reads_it(line, expected):
    assert words_of(line) == expected


def test_bash_gets_the_part_that_it_takes_for_a_word():
    assert without_broken_part(["--status=failed", VALUES], "--status=fa") == ["failed", VALUES]
    assert without_broken_part(["plain"], "pl") == ["plain"]


def test_a_shell_is_named(capsys):
    assert main(["completion"]) == 2
    assert "name the shell: bash, zsh, fish" in capsys.readouterr().err
    for shell in SHELLS:
        assert main(["completion", shell]) == 0
        assert "runnable completion" in capsys.readouterr().out


def _environment(folder):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "HOME": str(folder), "TERM": "dumb", "PS1": "> ", "INPUTRC": "/dev/null"}


def test_a_real_bash_completes_at_the_tab_key(project):
    """Commands, options with `=`, runs, steps with a blank in their name, and files: one bash for all."""
    lines = {
        "runnable sho\t": "runnable show ",
        "runnable runs --status=fai\t": "runnable runs --status=failed ",
        "runnable logs calm\t": "runnable logs calm-fjord-1 ",
        "runnable logs latest each\\ order.0.\t": "runnable logs latest each\\ order.0.price ",
        "runnable run my_p\t": "runnable run my_pipeline.py ",
    }
    (project / "my_pipeline.py").touch()
    script = SHELLS["bash"]
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(project)
        os.execve("/bin/bash", ["bash", "--norc", "--noprofile", "-i"], _environment(project))
    try:
        (project / "completion.bash").write_text(script)
        _type(terminal, "bind 'set bell-style none'; source completion.bash; echo rea''dy\n", "ready")
        for typed, expected in lines.items():
            shown = _type(terminal, typed, expected)
            assert expected in shown, (typed, shown)
            os.write(terminal, b"\x15")  # empties the line
    finally:
        os.close(terminal)
        os.waitpid(process, 0)


def _type(terminal, text, expected):
    os.write(terminal, text.encode())
    shown, until = "", time.monotonic() + 30
    while expected not in shown and time.monotonic() < until:
        if select.select([terminal], [], [], 0.2)[0]:
            shown += os.read(terminal, 4096).decode(errors="replace")
    return shown


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_of_its_shell(tmp_path, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    file = tmp_path / "script"
    file.write_text(SHELLS[shell])
    ended = subprocess.run([shell, "-n", str(file)], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_real_fish_asks_and_shows(project):
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    program = f"{SHELLS['fish']}\ncomplete -C 'runnable logs calm'"
    ended = subprocess.run(
        ["fish", "-c", program], cwd=project, env=_environment(project), capture_output=True, text=True
    )
    assert ended.stdout == "calm-fjord-1\torders, failed\n"


def test_a_real_zsh_asks_and_shows(project):
    """The function as the completion system calls it, with `compadd` in place of zsh's own, which needs a terminal."""
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    program = (
        f"compdef() {{ }}\ncompadd() {{ print -l -- $values }}\n{SHELLS['zsh']}\n"
        "words=(runnable logs calm); CURRENT=3; _runnable\n"
        "words=(runnable logs latest 'each\\ order.0'); CURRENT=4; _runnable"
    )
    ended = subprocess.run(
        ["zsh", "-fc", program], cwd=project, env=_environment(project), capture_output=True, text=True
    )
    assert ended.stdout == "calm-fjord-1\neach order.0\neach order.0.price\n", ended.stderr
