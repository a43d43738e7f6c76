"""All that a compilation to Argo makes, for those who want to know more of it than its text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runnable.ir.nodes import Program
from runnable.targets.argo.api import models
from runnable.targets.argo.settings import Settings
from runnable.targets.argo.sizes import workflow_size
from runnable_runtime.deferred import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """A compiled program: `program` is the lowered one, `spec` the workflow's, `called` the templates of its parts.

    `objects` are those of the manifest, as JSON values, and `text` is all of them.
    """

    settings: Settings
    program: Program
    spec: models.WorkflowSpec
    called: tuple[models.Template, ...]
    objects: tuple[Mapping[str, Any], ...]
    text: str

    def workflow_size(self) -> int:
        """Bytes of a workflow without the state of its nodes."""
        return workflow_size(self.spec, self.called, nodes=0, by_reference=self.settings.is_template)
