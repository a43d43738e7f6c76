"""Code that runs in a notebook's kernel besides its cells: it loads the objects it reads, and keeps its returns."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from runnable_runtime.failures import BadReturn, a
from runnable_runtime.values.encoding import to_json
from runnable_runtime.values.returns import type_name

GIVEN_VARIABLE = "RUNNABLE_GIVEN_OBJECTS"
"""The folder with the objects that a notebook is given: an executed notebook names no place of a machine."""
WATCHED_VARIABLE = "RUNNABLE_WATCHED"
"""Of a notebook whose reads are recorded: how (`Reads.encode`)."""
READS = "reads.json"
"""Where in that folder they are kept."""


def harvest(names: Sequence[str], objects: Sequence[str], folder: str) -> None:
    """Write variables into `folder`: of `names` the JSON values, to `returns.json`, of `objects` a pickle each.

    That file also has the types of the objects; or nothing but what the problem is.
    """
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    assert shell is not None, "it is called in a kernel"
    variables: Mapping[str, object] = shell.user_ns  # a variable may be called `globals`
    missing = [name for name in (*names, *objects) if name not in variables]
    document: dict[str, object] = {}
    try:
        if missing:
            raise BadReturn(f"the notebook does not define {', '.join(missing)}, which its step returns")
        document["outputs"] = {name: to_json(variables[name], name) for name in names}
        document["types"] = {name: _pickle(variables[name], name, Path(folder, f"{name}.pickle")) for name in objects}
    except BadReturn as problem:
        document = {"problem": problem.message}
    Path(folder, "returns.json").write_text(json.dumps(document), encoding="utf-8")


def _pickle(value: object, name: str, file: Path) -> str:
    """Pickle `value`, the variable `name`, to `file`; gives back its type."""
    from runnable_runtime.stores.pickler import PicklingFailed, dump

    try:
        with file.open("wb") as stream:
            dump(value, stream, main=None)
    except PicklingFailed as problem:
        raise BadReturn(f"{name} is {a(type_name(value))} that cannot be pickled: {problem}") from None
    return type_name(value)


def begin() -> None:
    """What the kernel does before the first cell."""
    _exit_raises()
    if watched := os.environ.get(WATCHED_VARIABLE):
        from runnable_runtime.process import reads

        reads.begin(reads.Reads.decode(watched, Path(os.environ[GIVEN_VARIABLE])))


def end() -> None:
    """What it does after the last one."""
    if os.environ.get(WATCHED_VARIABLE):
        from runnable_runtime.process import reads

        Path(os.environ[GIVEN_VARIABLE], READS).write_text(json.dumps(reads.end().parts()), encoding="utf-8")
    _end_soon()


def _exit_raises() -> None:
    """Let `exit` and `quit` raise SystemExit as in any script: IPython's ones end the kernel, and all that it has."""
    from IPython.core.autocall import ZMQExitAutocall

    def leave(_: object, code: object = None, *, keep_kernel: bool = False) -> None:
        raise SystemExit(code)

    ZMQExitAutocall.__call__ = leave  # type: ignore[method-assign, assignment]


def _end_soon() -> None:
    """Let the kernel end at once.

    Its control thread flushes what was printed once more, by a message to a thread that the main thread may have ended
    already: to send it blocks for good where nobody takes it, and else its end is waited for, up to ten seconds. The
    main thread waits for the control thread. What cells have printed was sent with each of them.
    """
    import zmq
    from ipykernel.iostream import IOPubThread, OutStream

    def schedule(thread: Any, work: Callable[[], object]) -> None:
        if not thread.thread.is_alive():
            work()
            return
        thread._events.append(work)
        with suppress(zmq.ZMQError):  # it takes no more, and so has been woken up, or has ended
            thread._event_pipe.send(b"", zmq.NOBLOCK)

    OutStream.flush_timeout = 0.05  # type: ignore[assignment]
    IOPubThread.schedule = schedule  # type: ignore[method-assign]


def load(name: str) -> object:
    """The object that the notebook is given as `name`: its pickle was checked, and brought here."""
    from runnable_runtime.stores.formats import read

    with Path(os.environ[GIVEN_VARIABLE], given_file(name)).open("rb") as stream:
        return read(stream)


def given_file(name: str) -> str:
    """The name of the file of an object that the notebook is given."""
    return f"given-{name}.pickle"
