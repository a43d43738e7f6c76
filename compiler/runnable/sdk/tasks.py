"""The steps that do one thing: PythonTask, ShellTask, NotebookTask, and Stub, which does nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from runnable.sdk.catalog import Catalog
from runnable.sdk.pipeline import Step
from runnable.sdk.returns import TaskReturns


@dataclass(slots=True, kw_only=True)
class BaseTask(Step):
    """The options that every task has beside those of a `Step`.

    Attributes:
        returns: names of JSON values, or `json(name)`, `metric(name)`, `pickled(name)`, in the order in which the task
            returns them.
        retry: how many further attempts a failed task gets; 0 by default.
        timeout: seconds for one attempt, or text with a unit such as "10m" (s, m, h, d); no limit by default.
        resources: Kubernetes quantities, each key optional: `{"cpu": "500m", "memory": "1Gi", "gpu": 1}`.
        image: the container image, where tasks run in containers.
        env: environment variables of this task, texts by name.
        node_selector: labels that the node must have, as in a Kubernetes Pod.
        tolerations: taints that are tolerated, as in a Kubernetes Pod.
        overrides: for a target or executor (`{"argo": "large"}`), a key of `overrides` in its configuration.
        catalog: the files that the task gets and puts, `Catalog(get=[...], put=[...])`.
        secrets: names of secrets, each an environment variable of this task (docs/secrets.md).
        cache: True reuses what an earlier run returned, if nothing that the task depends on has changed
            (docs/caching.md).
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
    """A task that calls a Python function.

    Attributes:
        function: a function at the top level of a module. Its arguments are parameters by name, converted to what
            they are annotated with; several values are returned as a tuple, in the order of `returns`.
    """

    function: Callable[..., Any]


@dataclass(slots=True, kw_only=True)
class ShellTask(BaseTask):
    """A task that runs a shell command.

    Attributes:
        command: the text for `/bin/sh -c`. Visible parameters are environment variables, text as it is and other
            values as JSON; variables that the command exports can be returned. It fails with another exit code than 0.
    """

    command: str


@dataclass(slots=True, kw_only=True)
class NotebookTask(BaseTask):
    """A task that executes a notebook once, from its first cell to its last.

    Attributes:
        notebook: the path of the .ipynb file, relative to the project. Parameters are set as variables after its cell
            tagged `parameters`; its variables can be returned.
        optional_ploomber_args: accepted as in the published package, and must be empty.
    """

    notebook: str
    optional_ploomber_args: Mapping[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class Stub(Step):
    """A step that does nothing, and succeeds.

    It accepts any further keyword and ignores it, so that a step can be silenced by changing its class. Files of
    `catalog` are got and put all the same.
    """

    ignores_unknown: ClassVar[bool] = True

    catalog: Catalog | None = None
