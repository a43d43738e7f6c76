"""What is around a run and could change its results: Python, installed packages, some variables, the configuration.

It is found once a run, within a millisecond or two: packages by the names of their folders, without importing anything.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from runnable.configuration.chosen import own_file
from runnable.ir.nodes import Program
from runnable.ir.walk import tasks
from runnable_runtime.code.hashing import PACKAGE, hashed
from runnable_runtime.deferred import pattern
from runnable_runtime.digests import sha256

VARIABLE = "variable "
CONFIGURATION = "configuration "
LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "requirements.lock", "requirements.txt")
_DIGITS = 16
_VARIABLES = (
    "LANG",
    "LC_ALL",
    "TZ",
    "PYTHONHASHSEED",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
)
"""Variables of which it is known that they change results, and that nobody keeps a secret in."""
_INSTALLED = pattern(r"(.+?)-([^-]+)(?:-[^-]*)?\.(?:dist|egg)-info")


def surroundings(program: Program, configuration: str = "") -> dict[str, str]:
    """By a name that a person understands; of what may be long, a hash.

    `configuration` is the file that was named for the run, as the record has it; without one, the project's own counts.
    Of the environment there are the variables above, and those that steps set themselves (`env`), which stand in the
    pipeline's file.
    """
    # As `platform` says it, which takes longer to load.
    found = {"python": sys.version.split()[0], "machine": f"{sys.platform} {os.uname().machine}"}
    found |= {f"{VARIABLE}{name}": os.environ[name] for name in _VARIABLES if name in os.environ}
    for path, task in tasks(program.graph):
        found |= {f"{VARIABLE}{name} of {path}": hashed(value) for name, value in task.options.env}
    root = Path(program.root or ".")
    with suppress(OSError):
        if file := root / configuration if configuration else own_file(root):
            text = Path(file).read_bytes().decode("utf-8", "replace")
            found[f"{CONFIGURATION}{configuration or Path(file).name}"] = hashed(text)
    return found | installed()


def installed() -> dict[str, str]:
    """The versions of the packages that can be imported; of one that is there twice, the first counts."""
    found: dict[str, str] = {}
    for folder in sys.path:
        for name, version in _in_folder(folder):
            found.setdefault(f"{PACKAGE}{name}", version)
    return dict(sorted(found.items()))


def _in_folder(folder: str) -> Iterator[tuple[str, str]]:
    with suppress(OSError), os.scandir(folder or ".") as entries:
        for entry in entries:
            if entry.name.endswith("-info") and (match := _INSTALLED.fullmatch(entry.name)):
                yield match[1].lower().replace("_", "-"), match[2]


def lock_digest(root: Path) -> str:
    """The digest of the file that locks the packages of the project `root`, of several the first; empty without one."""
    for name in LOCKS:
        with suppress(OSError):
            return sha256((root / name).read_bytes()).hexdigest()[:_DIGITS]
    return ""
