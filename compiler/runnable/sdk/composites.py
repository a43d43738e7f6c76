"""Steps that hold pipelines: Parallel; and those that are known but not there yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from runnable.diagnostics.codes import NotSupportedYet
from runnable.diagnostics.errors import DefinitionError
from runnable.diagnostics.span import caller_span
from runnable.sdk.pipeline import Pipeline
from runnable.sdk.tasks import Step


@dataclass(slots=True, kw_only=True)
class Parallel(Step):
    """Run every branch; wait for all; fail if one failed. `branches` maps a name to a Pipeline.

    A branch sees what was returned before the Parallel. What branches return is visible after it; where two return
    one name, the later branch of the mapping wins.
    """

    branches: Mapping[str, Pipeline]


def _not_yet(name: str) -> type[Any]:
    def refuse(cls: type[Any], *arguments: Any, **keywords: Any) -> NoReturn:
        raise DefinitionError([NotSupportedYet(span=caller_span(), feature=name)])

    return type(name, (), {"__new__": refuse, "__doc__": f"`{name}` of the published package. Not supported yet."})


Map = _not_yet("Map")
Conditional = _not_yet("Conditional")
Loop = _not_yet("Loop")
Catalog = _not_yet("Catalog")
AsyncPipeline = _not_yet("AsyncPipeline")
AsyncPythonTask = _not_yet("AsyncPythonTask")
PythonJob = _not_yet("PythonJob")
NotebookJob = _not_yet("NotebookJob")
ShellJob = _not_yet("ShellJob")
