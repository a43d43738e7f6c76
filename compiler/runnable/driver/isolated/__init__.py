"""Work with users' files in processes of their own, of which the pool of the processes is `isolated.pool`."""

from runnable.driver.isolated.pool import Result, isolated
from runnable.driver.isolated.process import ProcessEnded

__all__ = ["ProcessEnded", "Result", "isolated"]
