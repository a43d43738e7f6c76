"""Images for several platforms at once, which take Docker's buildx: both images in one `docker buildx bake`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runnable.diagnostics.codes.containers import CommandMissing
from runnable.diagnostics.errors import OutputError
from runnable.images.context import archive
from runnable.images.loading import run_command
from runnable_runtime.protocol import Json

if TYPE_CHECKING:
    from runnable.images.recipe import BuildOptions, Recipe

_NEEDS = "an image for several platforms"
_FILE = "bake.json"
_METADATA = "metadata.json"


def build(recipes: Sequence[Recipe], options: BuildOptions) -> str:
    """Build the recipes for all platforms, and push the last one; returns its reference, with its digest.

    It is pushed whatever the options say: an engine keeps no image of several platforms by itself. Raises OutputError
    where there is no buildx, or the build fails.
    """
    if not available():
        raise OutputError(CommandMissing(command="docker buildx", purpose=_NEEDS).render())
    with tempfile.TemporaryDirectory(prefix="runnable-image-") as folder:
        root = Path(folder)
        for recipe in recipes:
            _unpack(recipe, root / recipe.tag)
        (root / _FILE).write_text(json.dumps(bake_file(recipes, options)))
        command = ["docker", "buildx", "bake", "--file", _FILE, "--metadata-file", _METADATA]
        if options.network == "host":
            command += ["--allow", "network.host"]
        # In this folder, for bake asks before it reads what is not below the one that it runs in.
        run_command([*command, "image"], purpose=_NEEDS, folder=root)
        return f"{recipes[-1].reference}@{_digest(root / _METADATA)}"


def available() -> bool:
    """Whether there is a buildx."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False).returncode == 0


def bake_file(recipes: Sequence[Recipe], options: BuildOptions) -> dict[str, Any]:
    """The description of the build: a target a recipe, each taking the one before for the image that it names.

    Every recipe's files are in a folder that its tag names. Source: https://docs.docker.com/build/bake/contexts/
    """
    targets: dict[str, Json] = {}
    previous: Recipe | None = None
    for recipe in recipes:
        last = recipe is recipes[-1]
        name = "image" if last else "runtime"
        targets[name] = {
            "context": recipe.tag,
            "dockerfile": recipe.dockerfile,
            "args": dict(recipe.arguments),
            "labels": dict(recipe.labels),
            "platforms": list(options.platforms),
            "no-cache": options.fresh,
        }
        if options.network:
            targets[name]["network"] = options.network
        if previous is not None:
            targets[name]["contexts"] = {previous.reference: "target:runtime"}
        if last:
            targets[name]["tags"] = [f"{recipe.repository}:{tag}" for tag in (*options.tags, recipe.tag)]
            targets[name]["output"] = ["type=registry"]
        previous = recipe
    return {"target": targets}


def _unpack(recipe: Recipe, folder: Path) -> None:
    import tarfile

    folder.mkdir()
    with archive(recipe.context) as stream, tarfile.open(fileobj=stream) as tar:
        tar.extractall(folder, filter="fully_trusted")  # noqa: S202 - packed a line above
    os.utime(folder, (0, 0))


def _digest(metadata: Path) -> str:
    return str(json.loads(metadata.read_text())["image"]["containerimage.digest"])
