"""The runtime image, which every project's image starts from: built of the installed packages themselves."""

from __future__ import annotations

from pathlib import Path

import runnable_runtime
from runnable.images.context import Context, ContextFile, digest, folder_files

REPOSITORY = "runnable-runtime"
_PACKAGES = {
    "compiler/runnable": Path(__file__).parents[1],
    "runtime_image/runnable_runtime": Path(runnable_runtime.__file__).parent,
}
_NOT_CODE = ("**/__pycache__", "**/*.pyc", "images/files")


def runtime_context() -> Context:
    """What the runtime image is built of: its Dockerfile, and what that copies."""
    files = {name: ContextFile(_beside(name)) for name in ("Dockerfile", "pyproject.toml")}
    for folder, root in _PACKAGES.items():
        files |= {f"{folder}/{path}": file for path, file in folder_files(root, _NOT_CODE).items()}
    return files


def runtime_reference(context: Context, base_image: str, repository: str = REPOSITORY) -> str:
    """What the image of `context` over `base_image` is called."""
    return f"{repository}:{runnable_runtime.__version__}-{digest(context, base_image)}"


def _beside(name: str) -> Path:
    """A file that the packages are built with: in an installed package its copy, else that of the working tree."""
    packaged = Path(__file__).parent / "files" / name
    return packaged if packaged.exists() else Path(__file__).parents[3] / name
