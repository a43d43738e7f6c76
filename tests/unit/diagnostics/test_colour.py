"""Colours: who asks for them, who does not want them, and that all of this package asks in one place."""

import io
from pathlib import Path

import pytest

from runnable.diagnostics.colour import console, has_colours, painted, styled
from runnable.diagnostics.terminal import harmless

VARIABLES = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "TERM", "COLORTERM", "TTY_COMPATIBLE")
PACKAGE = Path(__file__).parents[3] / "compiler" / "runnable"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("variables", "on_a_terminal", "in_a_file"),
    [
        ("", True, False),
        ("NO_COLOR=1", False, False),
        ("NO_COLOR=0", False, False),  # set is set
        ("NO_COLOR=", True, False),  # empty is not
        ("FORCE_COLOR=1", True, True),
        ("FORCE_COLOR=3", True, True),
        ("FORCE_COLOR=0", False, False),
        ("FORCE_COLOR=false", False, False),
        ("FORCE_COLOR=", True, False),
        ("CLICOLOR_FORCE=1", True, True),
        ("CLICOLOR_FORCE=0", True, False),
        ("CLICOLOR=0", False, False),
        ("TERM=dumb", False, False),
        ("TERM=xterm", True, False),
        ("NO_COLOR=1 FORCE_COLOR=1", False, False),
        ("NO_COLOR=1 CLICOLOR_FORCE=1", False, False),
        ("TERM=dumb FORCE_COLOR=1", True, True),
        ("TERM=dumb CLICOLOR_FORCE=1", True, True),
        ("CLICOLOR=0 CLICOLOR_FORCE=1", True, True),
        ("FORCE_COLOR=0 CLICOLOR_FORCE=1", False, False),
    ],
)
def test_who_has_colours(environment, variables, on_a_terminal, in_a_file):
    for name, _, value in (one.partition("=") for one in variables.split()):
        environment.setenv(name, value)
    assert has_colours(Terminal()) is on_a_terminal
    assert has_colours(io.StringIO()) is in_a_file
    assert painted("error[RN301]: x", Terminal()).startswith("\x1b") is on_a_terminal
    assert styled("x", "green", io.StringIO()).startswith("\x1b") is in_a_file


def test_a_stream_that_is_gone_has_none():
    closed = Terminal()
    closed.close()
    assert not has_colours(None)
    assert not has_colours(closed) or closed.isatty()


def test_a_diagnostic_is_the_same_text_with_colours_that_a_terminal_takes(environment):
    environment.setenv("FORCE_COLOR", "1")
    text = "error[RN301]: a is wrong\n  --> a.py:10\n   |\n10 | error: x\n   |\n  = note: n\n  = help: h"
    found = painted(text, None)
    assert found.startswith("\x1b[1;31merror[RN301]\x1b[0m: a is wrong\n  \x1b[34m-->\x1b[0m a.py:10")
    import re

    assert re.sub(r"\x1b\[[0-9;]*m", "", found) == text
    assert harmless(found) == found


@pytest.mark.parametrize(
    ("variables", "expected"), [("NO_COLOR", False), ("FORCE_COLOR", True), ("CLICOLOR_FORCE", True)]
)
@pytest.mark.parametrize("terminal", [True, False])
def test_the_console_of_rich_asks_here_too(environment, variables, expected, terminal):
    environment.setenv(variables, "1")
    stream = Terminal() if terminal else io.StringIO()
    environment.setattr("sys.stderr", stream)
    made = console()
    made.print("x", style="bold red")
    assert ("\x1b" in stream.getvalue()) is expected
    assert made.is_terminal is terminal  # a file is never redrawn


def test_no_other_module_decides_about_colours():
    words = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "Console(stderr")
    found = {str(file.relative_to(PACKAGE)) for file in PACKAGE.rglob("*.py") for w in words if w in file.read_text()}
    assert found == {"diagnostics/colour.py"}


def test_a_command_prints_errors_in_colours_when_asked_to(environment, tmp_path, capsys):
    from runnable.cli import main

    environment.setenv("FORCE_COLOR", "1")
    environment.chdir(tmp_path)
    assert main(["check", "a.txt"]) == 3
    assert capsys.readouterr().err.startswith("\x1b[1;31merror[RN001]\x1b[0m")
    environment.setenv("NO_COLOR", "1")
    assert main(["check", "a.txt"]) == 3
    assert capsys.readouterr().err.startswith("error[RN001]")
