"""The side of a process that does works: one after another, as long as they leave nothing in it."""

from __future__ import annotations

import atexit
import json
import os
import sys
from collections.abc import Container, Sequence
from contextlib import suppress
from typing import NoReturn

from runnable.diagnostics import colour
from runnable.driver.garbage import seldom_collected
from runnable.driver.isolated.messages import LENGTH, ORDER, Work, write
from runnable.driver.isolated.packages import OURS, Preloaded, loaded_since, place_of
from runnable_runtime.installed import is_installed


def be_child(
    works: Sequence[Work],
    index: int,
    preloaded: Preloaded | None,
    orders: int,
    answers: int,
    printed: int,
) -> NoReturn:
    """Do the work `index` of `works`, then those that `orders` name, and say in `answers` what has come of each.

    What is printed goes to the file `printed`.
    """
    code = 1
    try:
        atexit._clear()  # what this package's process is to do at its end
        colour.decide(sys.stderr)
        os.dup2(printed, 2)
        os.dup2(2, 1)
        if preloaded is not None:
            preloaded.begin()
        _forget_types()
        before, known = _Before(), frozenset(sys.modules)
        with seldom_collected():
            while True:
                work = works[index]
                stays = getattr(work, "stays_within", _never)(before.modules)
                result = work()
                said = {
                    "result": result,
                    "packages": [] if preloaded else loaded_since(known),
                    "differs": preloaded is not None and preloaded.may_differ(),
                    "stays": stays,
                }
                answer = json.dumps(said).encode()
                _flush()
                write(answers, LENGTH.pack(len(answer)) + answer)
                if not stays:
                    break
                before.put_back()
                known = frozenset(sys.modules)
                order = os.read(orders, ORDER.size)
                if not order:
                    os._exit(0)
                (index,) = ORDER.unpack(order)
        code = 0
        atexit._run_exitfuncs()  # what the user's file has registered
    except KeyboardInterrupt:
        code = 130
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        _flush()
        os._exit(code)


def _never(modules: Container[str]) -> bool:
    return False


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()


class _Before:
    """What there is in the process before a file is loaded, as far as loading one changes it."""

    def __init__(self) -> None:
        self.modules = dict(sys.modules)
        self._path, self._arguments = [*sys.path], sys.argv

    def put_back(self) -> None:
        """Have it as it was, without the modules of the user's; those of packages, and of this one, stay."""
        for name in [name for name in sys.modules if name not in self.modules]:
            place = place_of(sys.modules[name])
            if place and name.partition(".")[0] not in OURS and not is_installed(place):
                del sys.modules[name]
        _forget_types()
        sys.modules["__main__"] = self.modules["__main__"]
        sys.path[:], sys.argv = self._path, self._arguments


def _forget_types() -> None:
    """Have the next file's types as that writes them.

    Those of `typing` are kept by what they are made of, and `Optional[Literal["b", "a"]]` is then the
    `Optional[Literal["a", "b"]]` that another file has written before: both are equal.
    """
    for forget in getattr(sys.modules.get("typing"), "_cleanups", ()):
        forget()
