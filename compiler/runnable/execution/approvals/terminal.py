"""Asking whoever started the run, on the terminal that it runs on, without waiting for the answer."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Generator

from runnable.diagnostics.terminal import harmless
from runnable.execution.approvals.answers import BadAnswer, answer
from runnable.execution.approvals.questions import Answer, Asked, myself
from runnable.execution.progress.text import emit
from runnable.ir.nodes import Declaration
from runnable_runtime.protocol import Json
from runnable_runtime.values.scalars import json_shown

_YES, _NO = ("y", "yes"), ("n", "no")


def is_there() -> bool:
    """Whether there is somebody to ask: standard input and standard error are a terminal."""
    try:
        return sys.stdin.isatty() and sys.stderr.isatty()
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False


class Prompt:
    """Asks one question, a line at a time."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._read = b""
        self._gone = False
        self._dialogue = self._talk()
        self._say(next(self._dialogue))

    def wait(self, seconds: float) -> Answer | None:
        """The whole answer, if it is given within so many seconds."""
        if self._gone or not select.select([0], [], [], seconds)[0]:
            return None
        read = os.read(0, 4096)
        self._gone = not read  # the terminal was closed: another shell may answer
        self._read += read
        while b"\n" in self._read:
            line, _, self._read = self._read.partition(b"\n")
            try:
                self._say(self._dialogue.send(line.decode(errors="replace").strip()))
            except StopIteration as end:
                found: Answer = end.value
                return found
        return None

    def close(self) -> None:
        """It was answered in another way: end the line."""
        self._say("\n")

    def _talk(self) -> Generator[str, str, Answer]:
        asked = self._asked
        text = f": {asked.message}" if asked.message else ""
        elsewhere = f"runnable approve {asked.run_id} {asked.step}"
        begin = f"{asked.step} waits for approval{text}\n(from another shell: {elsewhere})\napprove? [yes/no] "
        said = yield begin
        while str(said).lower() not in (*_YES, *_NO):
            said = yield "yes or no: "
        if str(said).lower() in _NO:
            why = yield "why? (may be empty) "
            return Answer(approved=False, who=myself(), message=str(why))
        values: dict[str, Json] = {}
        for one in asked.answers:
            said = yield _prompt(one)
            while one.name not in values:
                try:
                    values[one.name] = one.default if not said and one.has_default else answer(one, str(said))
                except BadAnswer as bad:
                    said = yield f"{bad}\n{_prompt(one)}"
        return Answer(approved=True, who=myself(), values=values)

    def _say(self, text: str) -> None:
        emit("stderr", harmless(text))


def _prompt(one: Declaration) -> str:
    help_ = f", {one.help}" if one.help else ""
    choices = f", one of {', '.join(map(json_shown, one.choices))}" if one.choices else ""
    default = f" [{json_shown(one.default)}]" if one.has_default else ""
    return f"{one.name} ({one.type}{choices}{help_}){default}: "
