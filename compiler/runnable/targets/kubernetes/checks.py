"""What would be wrong with the pod of a task, found before anything is written."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.codes.targets import ImageMoves
from runnable.ir.nodes import Task
from runnable.targets.argo.settings import AT, Settings
from runnable.targets.kubernetes.pod_options import DEFAULT_IMAGE, Leaf


def image_moves(path: str, task: Task, leaf: Leaf) -> ImageMoves | None:
    """A warning if the image of `task` may be another one tomorrow, or nobody has named it."""
    if not _moves(leaf):
        return None
    own, named = task.options.image is not None, leaf.image != DEFAULT_IMAGE
    return ImageMoves(span=task.span if own else None, image=leaf.image, named=named, step=path)


def _moves(leaf: Leaf) -> bool:
    named, _, digest = leaf.image.partition("@")
    tag = named.rpartition("/")[2].partition(":")[2]
    return not digest and tag in ("", "latest") and leaf.pull_policy != "Always"


def _secrets(path: str, task: Task, settings: Settings, leaf: Leaf) -> Iterator[ConfigurationInvalid]:
    variables = dict(leaf.env)
    for name in task.options.secrets:
        if name in variables:
            reason = f"step {path!r} names a secret {name!r}, and `env` gives a variable of that name: give one"
            yield ConfigurationInvalid(span=task.span, file=settings.file, key=f"{AT}.env.{name}", reason=reason)
        elif settings.secret_key(name) is None:
            yield ConfigurationInvalid(
                span=task.span,
                file=settings.file,
                key=f"{AT}.secrets.{name}",
                reason=f"step {path!r} names this secret, and nothing says which Kubernetes Secret it is in: give "
                f"`secrets` with `{name}: SECRET/KEY`, or `secret_from_k8s: SECRET` for all",
            )
