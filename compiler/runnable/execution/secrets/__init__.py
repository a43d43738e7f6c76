"""The secrets of a run: where their values come from, who gets them, and keeping them out of everything else."""

from runnable.execution.secrets.resolve import Secrets, look_up, resolve
from runnable.execution.secrets.settings import SECRET_SOURCES, open_secrets

__all__ = ["SECRET_SOURCES", "Secrets", "look_up", "open_secrets", "resolve"]
