"""A pod of several tasks, from what it is told to what leaves it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from threading import Semaphore

from runnable_runtime import container, protocol
from runnable_runtime.deferred import dataclass
from runnable_runtime.fused.batch import Items
from runnable_runtime.fused.births import EXIT_KILLED, Nurseries, NurseryDied
from runnable_runtime.fused.members import Place
from runnable_runtime.fused.processors import processors
from runnable_runtime.fused.run import Failed, Tasks
from runnable_runtime.fused.spec import FusedSpec
from runnable_runtime.fused.words import failed_members


@dataclass(frozen=True, slots=True)
class Ended:
    """How a pod ends: the code to exit with, what leaves it (of one that fails, empty or what is reported), and why."""

    code: int
    outputs: str = ""
    words: str = ""


def run(spec: FusedSpec, inputs: str, parameters: str) -> Ended:
    """Run the tasks of a spec, once or for each item.

    Raises Stopped, KeyboardInterrupt: the pod is to end. BadInput: its inputs are none of such a pod.
    """
    attempt = int(os.environ.get(protocol.ATTEMPT_VARIABLE) or 1)
    nurseries = Nurseries(spec, os.environ)
    scratch = container.scratch_folder() / f"fused-{os.getpid()}"
    turns = Semaphore(1 if spec.locked else processors())
    place = Place(os.environ, parameters, scratch, attempt, nurseries, turns)
    try:
        if spec.batch:
            items = Items(spec, inputs, place)
            code = items.run()
            return Ended(code, items.outputs, _words(items.failed) if code else "")
        tasks = Tasks(spec, inputs, place)
        code = tasks.run()
        return Ended(code, tasks.outputs, _words(tasks.failed) if code else "")
    except NurseryDied:
        return Ended(EXIT_KILLED, words="what the tasks of this pod are run by was killed")
    finally:
        nurseries.close()
        shutil.rmtree(place.scratch, ignore_errors=True)


def _words(failed: Sequence[Failed]) -> str:
    return failed_members([(one.path, one.message) for one in failed])
