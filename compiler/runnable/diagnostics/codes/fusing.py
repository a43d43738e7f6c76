"""RN92x: tasks that share a pod."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic, Severity


class NothingFused(Diagnostic):
    code = "RN920"
    severity = Severity.WARNING
    explanation = (
        "`fuse=True` lets tasks that follow one another share a pod on Argo, if their pods would be alike: the same "
        "image, resources, environment, service account and place in the cluster. Composites, stubs, programs of any "
        "image, steps with `on_failure`, and those whose image or resources a parameter names have pods of their own. "
        "Here no two tasks can share one, so that the manifest is as without it."
    )
    name: str
    reason: str

    @property
    def message(self) -> str:
        """Which pipeline, and why."""
        what = f"the pipeline of {self.name!r}" if self.name else "the pipeline"
        return f"fuse=True of {what} changes nothing on Argo: {self.reason}"

    help_template = "give steps that are to share a pod the same options, or leave fuse out"
