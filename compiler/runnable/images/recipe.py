"""The options of a build, and the recipe for one image that follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from runnable.images.context import Context
from runnable_runtime.deferred import dataclass

CONTENT_LABEL = "io.runnable.content"
"""On an image: the digest of what it was built of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """How to build. `repository` is empty for a name made of the project's; `tags` are further names for the image.

    `base_image` is what the runtime image is made from, empty for Python of the project's version. `network` is what
    the steps of the build reach. `load` is empty, ``kind``, or ``kind:CLUSTER``.
    """

    repository: str = ""
    tags: tuple[str, ...] = ()
    base_image: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    network: str = ""
    platforms: tuple[str, ...] = ()
    fresh: bool = False
    push: bool = False
    load: str = ""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One image to build: its name, what it is built of, and the arguments of the build."""

    repository: str
    tag: str
    context: Context
    dockerfile: str
    arguments: Mapping[str, str]

    @property
    def reference(self) -> str:
        """Its whole name."""
        return f"{self.repository}:{self.tag}"

    @property
    def labels(self) -> Mapping[str, str]:
        """Those that it gets beside its Dockerfile's."""
        return {CONTENT_LABEL: self.tag}
