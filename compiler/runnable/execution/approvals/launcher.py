"""A launcher around another one: it has the approvals of a run, and lets the other one start all other tasks."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import field
from time import monotonic, sleep

from runnable.execution.approvals.answers import BadAnswer, answers
from runnable.execution.approvals.questions import Answer, Asked, ask
from runnable.execution.approvals.terminal import Prompt, is_there
from runnable.execution.deadlines import TIMED_OUT
from runnable.execution.launcher import Launcher, Outcome, TaskEnd, TaskStart
from runnable.execution.progress.events import Progress
from runnable.ir.nodes import Question
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import Status

ASK, APPROVE, REJECT = "ask", "approve", "reject"
"""Who decides: see `configuration.sections.APPROVING`."""
_CONFIGURATION = "the configuration (approvals: {})"


@dataclass(slots=True)
class _Open:
    """An approval under way, which began at the moment `since`."""

    task: TaskStart
    question: Question
    asked: Asked
    since: float = field(default_factory=monotonic)
    prompt: Prompt | None = None


class ApprovalLauncher:
    """Asks what approvals ask, of the run `run_id`; `approvals` says who decides (`ASK`, `APPROVE`, `REJECT`)."""

    def __init__(self, inner: Launcher, run_id: str, approvals: str, progress: Progress) -> None:
        self._inner = inner
        self._run_id = run_id
        self._approvals = approvals
        self._progress = progress
        self._open: dict[str, _Open] = {}
        self._others = 0
        self._ends: deque[TaskEnd] = deque()

    @property
    def capacity(self) -> int:
        """See `Launcher.capacity`: who waits for a person takes no place."""
        return self._inner.capacity + len(self._open)

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`."""
        question = task.action
        if not isinstance(question, Question):
            self._others += 1
            self._inner.start(task)
        elif self._approvals == ASK:
            self._ask(task, question)
        else:
            self._decide(task, question)

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`."""
        self._look()
        if self._ends:
            return self._ends.popleft()
        if self._others:
            end = self._inner.wait(seconds)
            self._others -= end is not None
            return end
        self._listen(seconds)
        return None

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`."""
        for one in list(self._open.values()):
            self._end(one, Outcome(status=Status.INTERRUPTED))
        return (*self._ends, *self._inner.stop(impatient))

    def _ask(self, task: TaskStart, question: Question) -> None:
        try:
            asked = ask(self._run_id, task.path, question.message, question.answers)
        except OSError as error:
            self._ends.append(_failed(task, f"the question cannot be written down: {error}"))
            return
        self._open[task.path] = _Open(task, question, asked)
        if not is_there():
            text = f": {question.message}" if question.message else ""
            self._progress.notice(
                f"{task.path} waits for approval{text}: runnable approve {self._run_id} '{task.path}', or reject"
            )

    def _decide(self, task: TaskStart, question: Question) -> None:
        who = _CONFIGURATION.format(self._approvals)
        try:
            values = answers(question.answers, {}) if self._approvals == APPROVE else {}
        except BadAnswer as bad:
            self._ends.append(_failed(task, f"{who} approves, and cannot answer: {bad}"))
            return
        self._ends.append(_decided(task, Answer(self._approvals == APPROVE, who, values)))

    def _look(self) -> None:
        """Take what was answered from another shell, and end what is out of time."""
        for one in list(self._open.values()):
            waited = monotonic() - one.since
            found = one.asked.find_answer()
            if found is not None:
                self._answered(one, found)
            elif one.question.deadline is not None and waited > one.question.deadline:
                self._end(one, _failed(one.task, f"nobody has answered within {one.question.deadline} s").outcome)
            elif one.task.timeout is not None and waited > one.task.timeout:
                self._end(one, _failed(one.task, f"{TIMED_OUT}{one.task.timeout:g} s").outcome)

    def _listen(self, seconds: float) -> None:
        """Ask the first question on the terminal, if there is one; else let the time pass."""
        first = next(iter(self._open.values()), None)
        if first is None or not is_there():
            sleep(seconds if first is not None else 0)
            return
        if first.prompt is None:
            self._progress.here(first.task.path)
            first.prompt = Prompt(first.asked)
        if (found := first.prompt.wait(seconds)) is not None:
            first.prompt = None
            self._answered(first, found)

    def _answered(self, one: _Open, answer: Answer) -> None:
        self._progress.notice(f"{one.task.path}: {answer.told()}")
        self._end(one, _decided(one.task, answer).outcome)

    def _end(self, one: _Open, outcome: Outcome) -> None:
        if one.prompt is not None:
            one.prompt.close()
        one.asked.close()
        del self._open[one.task.path]
        self._ends.append(TaskEnd(one.task, outcome, logged=False))


def _decided(task: TaskStart, answer: Answer) -> TaskEnd:
    status = Status.SUCCEEDED if answer.approved else Status.FAILED
    return TaskEnd(task, Outcome(status=status, outputs=answer.values, message=answer.told()), logged=False)


def _failed(task: TaskStart, message: str) -> TaskEnd:
    return TaskEnd(task, Outcome(status=Status.FAILED, message=message), logged=False)
