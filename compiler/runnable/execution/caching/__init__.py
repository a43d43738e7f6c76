"""Caching of tasks with ``cache=True``: what an earlier run returned is reused, if nothing has changed since.

`depends` computes what a task depends on, `earlier` finds an attempt of another run that depended on the same, `bring`
copies the files and values of that attempt to this run, and `launcher` does so instead of running the task, or reports
why the task runs.
"""

from runnable.execution.caching.earlier import Earlier
from runnable.execution.caching.launcher import CachingLauncher

__all__ = ["CachingLauncher", "Earlier"]
