"""Pages whose console sessions are run: each command in one shell, and what it prints is what the page says."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

CONSOLE = re.compile(r"(?<=```console\n).*?(?=```)", re.S)
END = "the command ended with "
RUN = r"\b[a-z]+-[a-z]+-\d{6}[a-z0-9]{2}\b"
TIMES = {
    r"\bstarted by \S+ on \S+:": "started by SOMEBODY:",
    r"\bmemory: at most .*": "USED",
    r"(\b\d{4}-\d\d-\d\d )?\b\d\d:\d\d:\d\d\b": "TIME",
    r"(\d+ min )?\b\d+(\.\d+)? ?s\b": "SECONDS",
}
"""What differs from one run to another, and what tests have instead."""


class Shell:
    """One shell for all commands, as a person has."""

    def __init__(self, folder: Path, environment: Mapping[str, str], told_as: Mapping[str, str]) -> None:
        """`told_as` is what the page has instead of what is the test's own."""
        self._told_as = told_as
        self._process = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str, kept: re.Pattern[str] | None = None) -> str:
        """What it prints, to either stream; only the lines that begin with `kept`, if that is given."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(f"{{ {command}\n}} </dev/null\nstatus=$?; echo '{END}'$status; (exit $status)\n")
        stdin.flush()
        printed = []
        for line in iter(stdout.readline, ""):
            if END in line:
                return self._told("".join(printed) + line[: line.index(END)])
            if kept is None or kept.match(line):
                printed.append(line)
        pytest.fail(f"the shell ended at {command}")

    def _told(self, text: str) -> str:
        for own, name in self._told_as.items():
            text = text.replace(own, name)
        return text

    def close(self) -> None:
        self._process.communicate(timeout=30)


def sessions(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a block, and what the page says that each prints."""
    for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
        command, _, printed = part.partition("\n")
        yield command, printed


def comparable(text: str, differs: Mapping[str, str], passing: re.Pattern[str] | None = None) -> list[str]:
    """Its lines without what differs, in an order that does not depend on which of two things was first.

    `passing` begins lines that may be seen or not.
    """
    for pattern, told in differs.items():
        text = re.sub(pattern, told, text)
    lines = [line for line in text.splitlines() if passing is None or not passing.match(line)]
    return sorted(re.sub(r"  +", "  ", line).strip() for line in lines)


FILE_OR_CONSOLE = re.compile(r"`(\S+)`:\n\n(?:<!-- \S+ -->\n)?```\w+\n(.*?)```|(?<=```console\n)(.*?)(?=```)", re.S)


def follow(page: Path, folder: Path, shell: Shell, *, update: bool = False) -> list[str]:
    """Does what the page says: saves its files (after "`NAME`:"), runs its commands. The commands.

    Fails where a command prints something else than the page says; with `update` the page is written anew instead.
    """
    commands = []

    def step(found: re.Match[str]) -> str:
        name, text, block = found.groups()
        if name:
            (folder / name).write_text(text)
            return found.group()
        written = ""
        for command, expected in sessions(block):
            printed = shell.run(command)
            printed += "" if not printed or printed.endswith("\n") else "\n"
            commands.append(command)
            written += f"$ {command}\n{printed}"
            differs = {RUN: "RUN", **TIMES}  # an id may end as a number of seconds does: 7s
            assert update or comparable(printed, differs) == comparable(expected, differs), f"$ {command}\n{printed}"
        return written

    text = FILE_OR_CONSOLE.sub(step, page.read_text())
    if update:
        page.write_text(text)
    return commands
