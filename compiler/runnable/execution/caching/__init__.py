"""Tasks with ``cache=True``: what an earlier run returned is taken, where nothing that they depend on has changed.

`depends` says what a task depends on, `earlier` finds an attempt of another run that depended on the same, `bring`
makes what that one left this run's own, and `launcher` does so in place of running the task, or says why not.
"""

from runnable.execution.caching.earlier import Earlier
from runnable.execution.caching.launcher import CachingLauncher

__all__ = ["CachingLauncher", "Earlier"]
