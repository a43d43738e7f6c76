"""What one attempt prints in another process: on its way to the log and to the display."""

from __future__ import annotations

from runnable.execution.descriptors import StreamName
from runnable.execution.echo import Echo
from runnable.execution.launcher import TaskStart
from runnable.execution.log_file import LogFile
from runnable.execution.progress.events import Progress


class AttemptOutput:
    """The log of the attempt `task`, and its two streams. Lines on the display begin with `prefix`, if there is one."""

    def __init__(self, task: TaskStart, progress: Progress, prefix: str) -> None:
        self._log = LogFile(task.log, progress.notice, task.redactor)
        self._out = Echo(progress, "stdout", prefix, task.redactor)
        self._error = Echo(progress, "stderr", prefix, task.redactor)

    def write(self, stream: StreamName, data: bytes) -> None:
        """Take what was printed."""
        self._log.write(data)
        (self._out if stream == "stdout" else self._error).write(data)

    def finish(self) -> bool:
        """Show what is kept back, and end the log; whether there is anything in it."""
        for echo in (self._out, self._error):
            echo.write(b"", last=True)
        self._log.close()
        return self._log.written
