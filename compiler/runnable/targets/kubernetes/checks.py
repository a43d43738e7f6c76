"""What would be wrong with the pods of tasks, found before anything is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.codes.targets import BadTargetOption, ImageMoves, NotAdmitted
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.nodes import Program, Task
from runnable.ir.walk import tasks
from runnable.targets.kubernetes.names import LONGEST_OBJECT, is_label
from runnable.targets.kubernetes.pod_fragment import contradicted, images_of, variables_of
from runnable.targets.kubernetes.pod_options import DEFAULT_IMAGE, PodOptions, above_limits
from runnable.targets.kubernetes.pod_settings import PodSettings
from runnable.targets.kubernetes.pod_store import KEY_VARIABLES, TOKEN_VARIABLE
from runnable.targets.kubernetes.restricted import refused
from runnable.targets.target import CompileRequest

OptionCheck = Callable[[str, Task], Iterable[BadOption]]


def check_request(request: CompileRequest, kinds: tuple[str, ...]) -> list[BadTargetOption]:
    """What is wrong with the kind, the names and the image that the command line gives."""
    found = []
    if request.kind is not None and request.kind not in kinds:
        found.append(BadTargetOption(option="--kind", reason=f"{request.kind!r} is not one that is made", known=kinds))
    for option, name, longest in (("name", request.name, LONGEST_OBJECT), ("namespace", request.namespace, 63)):
        if name is not None and not is_label(name, longest):
            reason = f"{name!r} is not a name of 1 to {longest} small letters, digits and hyphens"
            found.append(BadTargetOption(option=f"--{option}", reason=reason))
    image = request.image
    if image is not None and (not image or image != "".join(image.split())):
        found.append(bad_image(image))
    return found


def bad_image(image: str) -> BadTargetOption:
    """The mistake of an `image` that the command line gives, and that is none."""
    return BadTargetOption(option="--image", reason=f"{image!r} is not the name of an image")


def check_pods(program: Program, settings: PodSettings, check_options: OptionCheck = lambda path, task: ()) -> None:
    """Raise DefinitionError for options that no pod can have, ConfigurationError for what the configuration lacks.

    Tasks ask for overrides and for secrets, and the configuration says what these are. None may have the variables of
    the stores' credentials. `check_options` finds what else is wrong with the task at a path.
    """
    options: list[Diagnostic] = []
    keys: list[ConfigurationInvalid] = []
    for path, task in tasks(program.graph):
        pod = settings.pod_options(task)
        options += check_options(path, task)
        keys += settings.missing_overrides(path, task)
        options += _contradicted(path, task, pod)
        if settings.keys.pod_security == "restricted":
            options += _not_admitted(path, task, pod)
        options += _given_twice(path, task, pod)
        options += _above_limits(path, task, pod)
        keys += _missing_secrets(path, task, settings, pod)
        for clash in _clashes(path, task, settings, pod):
            if isinstance(clash, BadOption):
                options.append(clash)
            else:
                keys.append(clash)
    if options:
        raise DefinitionError(options)
    if keys:
        raise ConfigurationError(keys)


def image_moves(path: str, task: Task, pod: PodOptions) -> ImageMoves | None:
    """A warning if the image of `task` may be another one tomorrow, or nobody has named it."""
    if not _moves(pod.image, pod.pull_policy):
        return None
    own, named = task.options.image is not None, pod.image != DEFAULT_IMAGE
    return ImageMoves(span=task.span if own else None, image=pod.image, named=named, step=path)


def fragment_images(path: str, task: Task, pod: PodOptions) -> Iterator[ImageMoves]:
    """A warning for each image of a container that a fragment adds, and that may be another one tomorrow."""
    for image in images_of(pod.pod):
        if _moves(image, pod.pull_policy):
            yield ImageMoves(span=task.span if task.options.pod else None, image=image, named=True, step=path)


def _moves(image: str, pull_policy: str) -> bool:
    named, _, digest = image.partition("@")
    tag = named.rpartition("/")[2].partition(":")[2]
    return not digest and tag in ("", "latest") and pull_policy != "Always"


def _above_limits(path: str, task: Task, pod: PodOptions) -> Iterator[BadOption]:
    """The requests of `task` that the limits of its overrides, or of the defaults, are below: no pod is made then."""
    for name, asked, most in above_limits(pod):
        reason = f"ask for {asked} of {name}, and with what the configuration says the limit is {most}"
        instead = "give the step both requests and limits, or correct `resources` in the configuration"
        yield BadOption(span=task.span, owner=f"step {path!r}", option="resources", reason=reason, instead=instead)


def _contradicted(path: str, task: Task, pod: PodOptions) -> Iterator[BadOption]:
    """What a fragment asks of nodes, and no node can have that the node selector takes."""
    for at, reason, instead in contradicted(pod.pod, pod.node_selector):
        yield BadOption(span=task.span, owner=f"step {path!r}", option="pod", reason=f"{at} {reason}", instead=instead)


def _not_admitted(path: str, task: Task, pod: PodOptions) -> Iterator[NotAdmitted]:
    """What of a fragment keeps the pod of `task` out of a restricted namespace."""
    for at, reason, _ in refused(json.loads(pod.pod)) if pod.pod else ():
        yield NotAdmitted(span=task.span, step=path, at=at, reason=reason)


def _given_twice(path: str, task: Task, pod: PodOptions) -> Iterator[BadOption]:
    """The variables of `task` that a fragment of its pod's spec gives as well."""
    for name in sorted({*variables_of(pod.pod)} & {*dict(task.options.env), *task.options.secrets}):
        reason = f"gives {name!r} in containers[main].env, and so does an option of the step: give one"
        yield BadOption(span=task.span, owner=f"step {path!r}", option="pod", reason=reason)


def _missing_secrets(path: str, task: Task, settings: PodSettings, pod: PodOptions) -> Iterator[ConfigurationInvalid]:
    """The secrets of `task` that the configuration does not place, or has a variable of the same name for."""
    variables = dict(pod.env)
    for name in task.options.secrets:
        if name in variables:
            at = f"{settings.at}.env.{name}"
            reason = f"step {path!r} names a secret {name!r}, and `env` gives a variable of that name: give one"
            yield ConfigurationInvalid(span=task.span, file=settings.file, key=at, reason=reason)
        elif settings.secret_key(name) is None:
            at = f"{settings.at}.secrets.{name}"
            reason = (
                f"step {path!r} names this secret, and nothing says which Kubernetes Secret it is in: give "
                f"`secrets` with `{name}: SECRET/KEY`, or `secret_from_k8s: SECRET` for all"
            )
            yield ConfigurationInvalid(span=task.span, file=settings.file, key=at, reason=reason)


def _clashes(
    path: str, task: Task, settings: PodSettings, pod: PodOptions
) -> Iterator[BadOption | ConfigurationInvalid]:
    """The variables of `task` that the credentials of the stores have."""
    if not settings.credentials:
        return
    own = {"env": dict(task.options.env), "secrets": task.options.secrets}
    for name in sorted({*KEY_VARIABLES, TOKEN_VARIABLE} & {*dict(pod.env), *task.options.secrets}):
        option = next((option for option, names in own.items() if name in names), None)
        if option:
            reason = f"has {name!r}, which the store's credentials have"
            yield BadOption(span=task.span, owner=f"step {path!r}", option=option, reason=reason)
        else:
            reason = f"the store's credentials, of the Secret {settings.credentials!r}, have this variable"
            yield ConfigurationInvalid(file=settings.file, key=f"{settings.at}.env.{name}", reason=reason)
