"""`pipeline-executor: {type: mocked}`: a run whose tasks do nothing, but for those that are patched."""

from runnable.executors.mocked.apply import explained, mock, silenced, without_idle_reducers
from runnable.executors.mocked.settings import MockedSettings, read_settings

__all__ = ["MockedSettings", "explained", "mock", "read_settings", "silenced", "without_idle_reducers"]
