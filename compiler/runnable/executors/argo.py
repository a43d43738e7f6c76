"""The executor `argo`: it writes the manifest of the pipeline into the working folder, and runs nothing.

That is what the published package does with such a configuration. `runnable compile` and `runnable submit` do more.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.configuration import Configuration
from runnable.executors.executor import Executor, RunRequest
from runnable.ir.unit import Built
from runnable.passes import accept, diagnose
from runnable.targets import refuse_streams, request_for

if TYPE_CHECKING:
    from runnable.targets.argo.settings import Settings

TARGET = "argo"
MANIFEST = "argo-pipeline.yaml"


class ArgoExecutor(Executor):
    """Writes a manifest."""

    waits = False

    def serves(self, built: Built) -> bool:
        """Whether it is a pipeline; jobs are for `k8s-job`."""
        return not built.job

    def settings(self, built: Built, configuration: Configuration) -> Settings:
        """See `Executor.settings`."""
        from runnable.targets.argo.settings import read_settings

        return read_settings(request_for(TARGET, built.program, configuration))

    def check(self, built: Built, configuration: Configuration) -> None:
        """See `Executor.check`."""
        from runnable.targets.argo.checks import check_steps

        settings = self.settings(built, configuration)
        refuse_streams(built, TARGET)
        check_steps(built.program, settings)

    def prepare(self, built: Built, configuration: Configuration) -> Built:
        """See `Executor.prepare`. Whoever submits the workflow may give its parameters other values."""
        accept(built, diagnose(built, fixed=False))
        return built

    def run(self, request: RunRequest) -> None:
        """See `Executor.run`."""
        from runnable.manifests.folder import write_file

        for document in request.compile(TARGET):
            write_file(Path(MANIFEST), document.text)
        print(f"nothing has run: kubectl apply -f {MANIFEST}, or `runnable submit` the pipeline", file=sys.stderr)
