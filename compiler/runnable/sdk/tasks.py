"""The kinds of task: Stub, PythonTask, ShellTask, NotebookTask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from runnable.sdk.catalog import Catalog
from runnable.sdk.pipeline import Step
from runnable.sdk.returns import TaskReturns


@dataclass(slots=True, kw_only=True)
class BaseTask(Step):
    """What all tasks have beside a name.

    * `returns`: names (JSON values), `json(name)`, `metric(name)` or `pickled(name)`, in the order in which the task
      returns them.
    * `catalog`: the files that it gets and puts, `Catalog(get=[...], put=[...])`.
    * `retry`: how often a failed task is tried again. `timeout`: seconds for one attempt, or text such as "10m".
    * `resources`: `{"cpu": "500m", "memory": "1Gi", "gpu": 1}`, Kubernetes quantities, each key optional.
    * `image`: the container image, where tasks run in containers. `env`: environment variables for this task.
    * `secrets`: names of secrets, each an environment variable of this task (docs/secrets.md).
    * `node_selector`, `tolerations`: as in a Kubernetes Pod.
    * `cache`: take what an earlier run returned, if nothing that the task depends on has changed (docs/caching.md).
    * `overrides`: for a target (`argo`), the key of an entry of `overrides` in its configuration.
    """

    returns: Sequence[str | TaskReturns] = field(default_factory=list)
    retry: int | None = None
    timeout: int | float | str | None = None
    resources: Mapping[str, Any] | None = None
    image: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: Sequence[Mapping[str, Any]] = field(default_factory=list)
    overrides: Mapping[str, str] = field(default_factory=dict)
    catalog: Catalog | None = None
    secrets: Sequence[str] = field(default_factory=list)
    cache: bool = False


@dataclass(slots=True, kw_only=True)
class PythonTask(BaseTask):
    """Call a function that stands at the top level of a module, its arguments bound to parameters by name."""

    function: Callable[..., Any]


@dataclass(slots=True, kw_only=True)
class ShellTask(BaseTask):
    """Run `command` with `/bin/sh -c`, parameters in its environment; what it exports can be returned."""

    command: str


@dataclass(slots=True, kw_only=True)
class NotebookTask(BaseTask):
    """Execute a notebook once, parameters set after its cell tagged `parameters`; its variables can be returned.

    `optional_ploomber_args` is known for the published package's sake and must stay empty.
    """

    notebook: str
    optional_ploomber_args: Mapping[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class Stub(Step):
    """Do nothing, successfully. Takes any further keyword, so that a step can be silenced by changing its class."""

    ignores_unknown: ClassVar[bool] = True

    catalog: Catalog | None = None
