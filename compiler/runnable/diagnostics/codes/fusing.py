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


class NotBatched(Diagnostic):
    code = "RN921"
    explanation = (
        "With `batch`, several items of a Map share a pod on Argo, which runs all of the branch for each of them. So "
        "the branch has to be tasks, one after another, whose pods would be alike: no composite or stub in it, no "
        "`ContainerTask`, no `on_failure`, the same image, resources and environment. On this machine `batch` has no "
        "effect."
    )
    name: str
    reason: str
    message_template = "items of {name!r} cannot share a pod: {reason}"
    help_template = "give the steps of its branch the same options, or leave batch out"
