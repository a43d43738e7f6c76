"""The wheel, and environments that it is installed in: without the lock, and with nothing of this checkout."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.installed import Installed
from tests.support.paths import ROOT, UV


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([UV, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def empty(tmp_path) -> Callable[..., Installed]:
    """An environment with nothing in it, and a folder with nothing in it."""

    def make(*, pip: bool = False, name: str = "environment") -> Installed:
        seed = ["--seed"] if pip else []
        subprocess.run([UV, "venv", "--quiet", *seed, "--python", sys.executable, tmp_path / name], check=True)
        folder = tmp_path / "project"
        folder.mkdir(exist_ok=True)
        return Installed(tmp_path / name, folder)

    return make


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory) -> Path:
    """An environment with the wheel and its extra for notebooks, and what examples of users need."""
    folder = tmp_path_factory.mktemp("installed") / "environment"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    target = ["--python", folder / "bin" / "python"]
    subprocess.run([UV, "pip", "install", "--quiet", *target, f"{wheel}[notebook]"], check=True)
    return folder


@pytest.fixture
def user(installed, tmp_path) -> Installed:
    """Somebody with the package installed, in an empty folder."""
    return Installed(installed, tmp_path)


@pytest.fixture(autouse=True)
def _no_environment_of_ours(monkeypatch):
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"):
        monkeypatch.delenv(name, raising=False)
    path = [part for part in os.environ["PATH"].split(os.pathsep) if Path(part) != Path(sys.executable).parent]
    monkeypatch.setenv("PATH", os.pathsep.join(path))
