"""Where a pipeline runs: the executors by name. Each is imported only when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runnable.configuration import Configuration
    from runnable.executors.executor import Executor
    from runnable.ir.unit import CompilationUnit


def _local() -> Executor:
    from runnable.executors.local.executor import LocalExecutor

    return LocalExecutor()


def _local_container() -> Executor:
    from runnable.executors.container.executor import ContainerExecutor

    return ContainerExecutor()


def _emulator() -> Executor:
    from runnable.executors.emulator.executor import EmulatorExecutor

    return EmulatorExecutor()


def _mocked() -> Executor:
    from runnable.executors.mocked.executor import MockedExecutor

    return MockedExecutor()


def _k8s_job() -> Executor:
    from runnable.executors.k8s_job import JobExecutor

    return JobExecutor()


def _argo() -> Executor:
    from runnable.executors.argo import ArgoExecutor

    return ArgoExecutor()


EXECUTORS: dict[str, Callable[[], Executor]] = {
    "local": _local,
    "local-container": _local_container,
    "emulator": _emulator,
    "mocked": _mocked,
    "k8s-job": _k8s_job,
    "argo": _argo,
}


def load_executor(unit: CompilationUnit, configuration: Configuration) -> Executor:
    """The executor that `configuration` names for `unit`. Raises ConfigurationError where there is none."""
    name = configuration.section(unit.executor).type
    found = EXECUTORS[name]() if name in EXECUTORS else _plugin(name, unit, configuration)
    if found is None or not found.serves(unit):
        from runnable.configuration import plugins

        known = (*(name for name, get in EXECUTORS.items() if get().serves(unit)), *plugins.names(plugins.EXECUTORS))
        raise configuration.invalid(f"{unit.executor}.type", f"{name!r} is not an executor of this version", known)
    return found


def check_other_executor(unit: CompilationUnit, configuration: Configuration) -> None:
    """Raise ConfigurationError if the section that is not used for `unit` names an executor which there is not."""
    from runnable.configuration import plugins

    other = next(one for one in ("pipeline-executor", "job-executor") if one != unit.executor)
    name = configuration.section(other).type
    if name not in EXECUTORS and name not in (others := plugins.names(plugins.EXECUTORS)):
        known = (*EXECUTORS, *others)
        raise configuration.invalid(f"{other}.type", f"{name!r} is not an executor of this version", known)


def streaming() -> tuple[str, ...]:
    """The names of this distribution's executors that stream the events of steps."""
    return tuple(name for name, get in EXECUTORS.items() if get().streams)


def _plugin(name: str, unit: CompilationUnit, configuration: Configuration) -> Executor | None:
    """The executor of that name that another distribution has. Raises ConfigurationError for one that is unfit."""
    from runnable.configuration import plugins
    from runnable.executors.executor import Executor

    what = "an object of a subclass of Executor"
    try:
        found: Executor | None = plugins.load(plugins.EXECUTORS, name, what, lambda one: isinstance(one, Executor))
    except plugins.PluginError as error:
        raise configuration.invalid(f"{unit.executor}.type", f"{name!r} cannot be used: {error}") from error
    return found
