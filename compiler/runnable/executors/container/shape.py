"""What a task needs of its container: two tasks of one shape can run in the same one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from runnable.configuration.quantities import quantity
from runnable.executors.container.quantities import memory_bytes, nano_cpus
from runnable.executors.container.settings import NAME, ContainerSettings
from runnable.ir.amounts import at_attempt
from runnable.ir.options import Options, Resources
from runnable_runtime.deferred import dataclass

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of container. `nano_cpus` are billionths of a processor, `memory` is in bytes; None is without a limit.

    `environment` is what is known before any task: the configuration's variables and those of the step's options.
    `remove` is whether it is removed at its end.
    """

    image: str
    environment: tuple[tuple[str, str], ...] = ()
    nano_cpus: int | None = None
    memory: int | None = None
    gpus: int | None = None
    remove: bool = True

    @property
    def limited(self) -> bool:
        """Whether it has limits, which are then a task's own: two tasks at once would have to share them."""
        return (self.nano_cpus, self.memory, self.gpus) != (None, None, None)


def shape_of(options: Options, settings: ContainerSettings, processors: int) -> Shape:
    """The shape for a task with `options`: its own over its override's, over the configuration's.

    An engine refuses to give more than the machine's `processors`, so a task gets these where it asks for more.
    """
    image, remove = settings.docker_image, settings.auto_remove_container
    environment: Mapping[str, str] = settings.environment
    for key in options.overrides_for(NAME):
        override = settings.overrides[key]
        image = override.docker_image or image
        remove = _or(override.auto_remove_container, remove)
        environment = {**environment, **override.environment}
    environment = {**environment, **dict(options.env)}
    resources = at_attempt(options, 1, {}).resources or Resources()  # plain already, but for a replay
    cpu, memory, gpus = resources.limit("cpu"), resources.limit("memory"), resources.limit("gpu", "nvidia.com/gpu")
    return Shape(
        image=options.image or image,
        environment=tuple(sorted(environment.items())),
        nano_cpus=min(nano_cpus(cpu), processors * 10**9) if cpu else None,
        memory=memory_bytes(memory) if memory else None,
        gpus=int(quantity(gpus)) or None if gpus else None,
        remove=remove,
    )


def _or(strong: T | None, weak: T) -> T:
    return weak if strong is None else strong
