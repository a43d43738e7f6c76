"""Being process 1 of a container, which the kernel treats unlike any other.

Process 1 gets the orphans of all the others, and has to wait for them or they stay as zombies; and a signal that it has
no handler for does nothing to it. So the task runs in a child, as a process like others, and this one passes signals
on, waits, and ends as the child does.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from runnable_runtime.process.children import ended_children

_PASSED_ON = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2})


def stay_behind_as_process_1() -> None:
    """If this is process 1: continue in a child process, with this one as its parent until the child has ended.

    Returns in the child, or at once where this is not process 1.
    """
    if os.getpid() != 1:
        return
    # Blocked before the fork, and then waited for: no signal is lost, whenever it comes.
    waited_for = _PASSED_ON | {signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, waited_for)
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return
    os._exit(_attend(child, waited_for))


def _attend(child: int, waited_for: frozenset[signal.Signals]) -> int:
    while True:
        number = signal.sigwait(waited_for)
        if number != signal.SIGCHLD:
            with suppress(ProcessLookupError):
                os.kill(child, number)
        elif (code := dict(ended_children()).get(child)) is not None:
            return code if code >= 0 else 128 - code
