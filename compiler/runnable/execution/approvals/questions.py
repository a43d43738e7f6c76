"""What waits for an answer on this machine, in files of the user: by them another shell finds a run, and answers it.

A question is a file ``RUN/STEP.question`` in a folder for the user's state, whatever keeps the records of the run. Its
answer is the file ``RUN/STEP.answer``; the first one counts. Whoever asks removes both.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, field
from pathlib import Path

from runnable.execution.locking import lock_folder
from runnable.execution.origin import user_name
from runnable.ir.nodes import Declaration
from runnable.runs import owners
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.file_names import encode_path
from runnable_runtime.records.times import now

_QUESTION, _ANSWER = ".question", ".answer"


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody has decided: `who`, and for an approval the values that were asked for."""

    approved: bool
    who: str
    values: Mapping[str, Json] = field(default_factory=dict)
    message: str = ""

    def told(self) -> str:
        """It in a few words, for records and people."""
        more = f": {self.message}" if self.message else ""
        return f"{'approved' if self.approved else 'rejected'} by {self.who}{more}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that waits for an answer, of a step of a run; `place` is its file, without a suffix."""

    run_id: str
    step: str
    place: Path
    message: str = ""
    answers: tuple[Declaration, ...] = ()
    since: str = ""

    def find_answer(self) -> Answer | None:
        """What somebody has answered; None if nobody has."""
        with suppress(OSError, ValueError, TypeError):
            return Answer(**json.loads(_file(self.place, _ANSWER).read_text(encoding="utf-8")))
        return None

    def give(self, answer: Answer) -> bool:
        """Answer it; False if somebody has before. Raises OSError if that cannot be written."""
        begun = _file(self.place, f".{os.getpid()}.tmp")
        begun.write_text(json.dumps(asdict(answer)), encoding="utf-8")
        try:
            os.link(begun, _file(self.place, _ANSWER))
        except FileExistsError:
            return False
        finally:
            begun.unlink()
        return True

    def close(self) -> None:
        """Nobody waits for it any more."""
        for suffix in (_QUESTION, _ANSWER):
            with suppress(OSError):
                _file(self.place, suffix).unlink(missing_ok=True)
        with suppress(OSError):  # another step of the run may wait
            self.place.parent.rmdir()


def ask(run_id: str, step: str, message: str, answers: tuple[Declaration, ...]) -> Asked:
    """Write a question down. Raises OSError if that cannot be done."""
    asked = Asked(run_id, step, _folder() / encode_path(run_id) / encode_path(step), message, answers, now())
    asked.place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    declared = [{**asdict(one), "span": None} for one in answers]
    document = {"run_id": run_id, "step": step, "message": message, "answers": declared, "since": asked.since}
    begun = _file(asked.place, ".tmp")
    begun.write_text(json.dumps({**document, "owner": owners.this_process()}), encoding="utf-8")
    _file(asked.place, _ANSWER).unlink(missing_ok=True)  # of a run that was killed
    begun.replace(_file(asked.place, _QUESTION))
    return asked


def waiting() -> Iterator[Asked]:
    """What waits, by run and step. What a process has left that is no more is removed."""
    for file in sorted(_folder().glob(f"*/*{_QUESTION}")):
        with suppress(OSError, ValueError, KeyError, TypeError):
            document = json.loads(file.read_text(encoding="utf-8"))
            owner = document.pop("owner")
            answers = tuple(
                Declaration(**{**one, "choices": tuple(one.get("choices", ()))}) for one in document.pop("answers")
            )
            asked = Asked(**document, place=file.with_name(file.name.removesuffix(_QUESTION)), answers=answers)
            if owners.is_dead(owner):
                asked.close()
            else:
                yield asked


def myself() -> str:
    """Who answers from this machine."""
    return f"{user_name() or 'somebody'}@{socket.gethostname()}"


def _folder() -> Path:
    return lock_folder().with_name("approvals")


def _file(place: Path, suffix: str) -> Path:
    return place.with_name(place.name + suffix)
