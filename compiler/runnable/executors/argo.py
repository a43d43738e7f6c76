"""The executor `argo`: it writes the manifest of the pipeline into the working folder, and runs nothing.

That is what the published package does with such a configuration. `runnable compile` and `runnable submit` do more.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.configuration import Configuration
from runnable.diagnostics.terminal import say
from runnable.executors.executor import Executor, RunRequest
from runnable.ir.unit import CompilationUnit
from runnable.passes import accept, diagnose
from runnable.targets import refuse_streams, request_for

if TYPE_CHECKING:
    from runnable.targets.argo.settings import Settings

TARGET = "argo"
MANIFEST = "argo-pipeline.yaml"


class ArgoExecutor(Executor):
    """Writes a manifest."""

    waits = False

    def serves(self, unit: CompilationUnit) -> bool:
        """Whether it is a pipeline; jobs are for `k8s-job`."""
        return not unit.job

    def settings(self, unit: CompilationUnit, configuration: Configuration) -> Settings:
        """See `Executor.settings`."""
        from runnable.targets.argo.settings import read_settings

        return read_settings(request_for(TARGET, unit.program, configuration))

    def check(self, unit: CompilationUnit, configuration: Configuration) -> None:
        """See `Executor.check`."""
        from runnable.targets.argo.checks import check_steps

        settings = self.settings(unit, configuration)
        refuse_streams(unit, TARGET)
        check_steps(unit.program, settings)

    def prepare(self, unit: CompilationUnit, configuration: Configuration) -> CompilationUnit:
        """See `Executor.prepare`. Whoever submits the workflow may give its parameters other values."""
        accept(unit, diagnose(unit, fixed=False))
        return unit

    def run(self, request: RunRequest) -> None:
        """See `Executor.run`."""
        from runnable.manifests.folder import write_file

        for document in request.compile(TARGET):
            write_file(Path(MANIFEST), document.text)
        say(f"nothing has run: kubectl apply -f {MANIFEST}, or `runnable submit` the pipeline", file=sys.stderr)
