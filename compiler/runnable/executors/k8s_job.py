"""The executor `k8s-job`: it sends a job to the cluster of the kubeconfig, and does not wait for its end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from runnable.configuration import Configuration
from runnable.diagnostics.terminal import say, write_document
from runnable.executors.executor import Executor, RunRequest
from runnable.ir.unit import CompilationUnit
from runnable.targets import request_for

if TYPE_CHECKING:
    from runnable.targets.k8s_job.settings import Settings

TARGET = "k8s-job"


class JobExecutor(Executor):
    """Submits a Job."""

    waits = False

    def serves(self, unit: CompilationUnit) -> bool:
        """Whether it is a job; pipelines are for `argo`."""
        return unit.job

    def settings(self, unit: CompilationUnit, configuration: Configuration) -> Settings:
        """See `Executor.settings`."""
        from runnable.targets.k8s_job.settings import read_settings

        return read_settings(request_for(TARGET, unit.program, configuration))

    def check(self, unit: CompilationUnit, configuration: Configuration) -> None:
        """See `Executor.check`."""
        from runnable.targets.k8s_job.checks import check

        check(request_for(TARGET, unit.program, configuration), self.settings(unit, configuration))

    def run(self, request: RunRequest) -> None:
        """See `Executor.run`."""
        from runnable.cluster.submit import submit
        from runnable.manifests.objects import parse

        keys = self.settings(request.unit, request.configuration).keys
        documents = request.compile(TARGET)
        if keys.mock:
            write_document("".join(document.text for document in documents))
            say("nothing has been sent to the cluster: `mock` is true in the configuration", file=sys.stderr)
            return
        for document in documents:
            for item in parse(document.text, document.file_name):
                say(submit(item, request.run_id, keys.config_path), file=sys.stderr)
