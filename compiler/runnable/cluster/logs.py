"""What a workflow's steps print, as it is printed, each line with its step's path before it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator

from runnable.cluster.advice import OF_ARGO
from runnable.cluster.api import ClusterAway
from runnable.cluster.model import Attempt, Phase, Step, View
from runnable.cluster.objects import Object, Objects
from runnable.cluster.view import view
from runnable.cluster.watch import EVERY, follow, patiently
from runnable.diagnostics.errors import ClusterError
from runnable.diagnostics.terminal import flush, say, write_document
from runnable_runtime.fused.heading import heading_of

_MOST_READERS = 50
"""Pods that are read at one time."""


class Logs:
    """Prints the logs of a workflow's steps: `chosen` says of which, `attempt` of which attempt (None: of all)."""

    def __init__(
        self, objects: Objects, chosen: Callable[[Step], bool], *, prefixed: bool, attempt: int | None = None
    ) -> None:
        self._objects = objects
        self._chosen = chosen
        self._prefixed = prefixed
        self._attempt = attempt
        self._lock = threading.Lock()
        self._begun: set[tuple[str, str]] = set()
        self._readers: list[threading.Thread] = []
        self._room = threading.Semaphore(_MOST_READERS)

    def print_all(self, shown: View) -> None:
        """What the steps of a view have printed, one after another in the order in which they began."""
        pods = self._objects.pods(shown.name)
        for step, attempt in self._attempts(shown):
            pod = pods.get(attempt.node)
            if pod is None:
                self._say(f"{step.path}: its pod is gone, and what it printed with it")
            elif attempt.phase is not Phase.PENDING:
                own = self._own(shown, step, attempt)
                self._read(pod["metadata"]["name"], self._prefix(step, attempt), own, follow=False)

    def follow(self, name: str) -> View:
        """Print what is printed until the workflow has ended; the last view of it."""
        shown = view(self._objects.get("Workflow", name))
        for shown in follow(self._objects, name, self._say):
            found = self._attempts(shown)
            waiting = [(s, a) for s, a in found if (s.path, a.node) not in self._begun and _has_begun(a)]
            pods = patiently(lambda: self._objects.pods(name), self._say) if waiting else {}
            for step, attempt in waiting:
                self._start(step, attempt, pods.get(attempt.node), self._own(shown, step, attempt))
        for reader in self._readers:
            reader.join()
        return shown

    def _own(self, shown: View, step: Step, attempt: Attempt) -> str:
        """The path of a step that shares its pod with others, whose lines are then left out; empty for any other."""
        return step.path if sum(attempt.node in _nodes(other) for other in shown.tasks()) > 1 else ""

    def _attempts(self, shown: View) -> list[tuple[Step, Attempt]]:
        found = [
            (step, attempt)
            for step in shown.tasks()
            if self._chosen(step)
            for number, attempt in enumerate(step.attempts, start=1)
            if self._attempt in (None, number)
        ]
        return sorted(found, key=lambda pair: pair[1].started)

    def _start(self, step: Step, attempt: Attempt, pod: Object | None, own: str) -> None:
        self._begun.add((step.path, attempt.node))
        if pod is None:
            self._say(f"{step.path}: its pod is gone, and what it printed with it")
            return
        arguments = (pod["metadata"]["name"], self._prefix(step, attempt), own)
        reader = threading.Thread(target=self._read, args=arguments, kwargs={"follow": True}, daemon=True)
        self._readers.append(reader)
        reader.start()

    def _read(self, pod: str, prefix: str, own: str, *, follow: bool) -> None:
        """Print a pod's log. A stream that breaks is begun again, and what was printed is left out."""
        last, of = "", ""
        with self._room:
            while True:
                try:
                    with self._objects.log(pod, follow=follow) as pieces:
                        for line in _lines(pieces):
                            time, _, text = line.partition(" ")
                            if time > last:
                                last = time
                                if OF_ARGO.match(text):
                                    continue
                                of = heading_of(text) or of
                                if own and (of != own or heading_of(text)):
                                    continue
                                self._print(prefix, text)
                    return
                except ClusterAway:
                    threading.Event().wait(EVERY)
                except ClusterError as error:
                    self._say(f"{prefix.removesuffix(' | ') or pod}: {error.diagnostics[0].message}")
                    return

    def _prefix(self, step: Step, attempt: Attempt) -> str:
        if not self._prefixed:
            return ""
        number = step.attempts.index(attempt) + 1
        return f"{step.path}{f' ({number})' if len(step.attempts) > 1 else ''} | "

    def _print(self, prefix: str, text: str) -> None:
        with self._lock:
            if sys.stdout.isatty():
                say(f"{prefix}{text}", flush=True)
            else:
                write_document(f"{prefix}{text}\n")
                flush()

    def _say(self, text: str) -> None:
        with self._lock:
            say(f"notice: {text}", file=sys.stderr, flush=True)


def _nodes(step: Step) -> set[str]:
    return {attempt.node for attempt in step.attempts}


def _has_begun(attempt: Attempt) -> bool:
    return attempt.phase is Phase.RUNNING or attempt.phase.ended


def _lines(pieces: Iterator[bytes]) -> Iterator[str]:
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from (line.decode(errors="replace") for line in whole)
    if rest:
        yield rest.decode(errors="replace")
