"""What a process that others are forked of sees to: whether it can be, and what is not to be alike in all of them."""

from __future__ import annotations

import os
import sys

from runnable_runtime.deferred import begin_all


def can_fork() -> bool:
    """Whether all threads of this process, but this one, are of libraries that stand a fork: those of BLAS do."""
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        return False
    try:
        tasks = os.listdir("/proc/self/task")  # noqa: PTH208
        names = [_name_of(task) for task in tasks if int(task) != os.getpid()]
        own = _name_of(str(os.getpid()))
    except OSError:
        return True  # a system that does not say
    unnamed = sum(name == own for name in names)
    known = sum(name.startswith("jemalloc") for name in names)
    return unnamed + known == len(names) and (not unnamed or unnamed <= _blas() * ((os.cpu_count() or 1) - 1))


def freeze(*, made: bool = False) -> None:
    """Before forks: none makes what all need, and a collection of garbage in one leaves alone what was there before.

    `made`: what they need is there, since it was used. What is garbage by now stays: looking for it would take 35 ms of
    a process that has loaded pandas, where there is next to none.
    """
    import gc

    if not made:
        begin_all()
    gc.freeze()


def fresh_random_numbers() -> None:
    """In a fork: random numbers of its own, not those that all forks have."""
    if (module := sys.modules.get("random")) is not None:
        module.seed()
    if (module := sys.modules.get("numpy.random")) is not None:
        # With bits of its own it takes ten times as long.
        module.seed([int.from_bytes(os.urandom(4), "little") for _ in range(4)])


def _name_of(task: str) -> str:
    with open(f"/proc/self/task/{task}/comm") as file:  # noqa: PTH123
        return file.read().strip()


def _blas() -> int:
    """How many libraries of BLAS this process has loaded, each of which starts threads at once."""
    with open("/proc/self/maps") as file:  # noqa: PTH123
        files = {line.rpartition("/")[2].strip() for line in file if "/" in line}
    return sum(any(part in name for part in ("openblas", "mkl_rt", "blis")) for name in files)


def has_children() -> bool:
    """Whether this process has children, ended ones that nobody has waited for too."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
