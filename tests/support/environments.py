"""The default tests in other environments than the lock's: `python -m tests.support.environments newest [FLAG ...]`."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.paths import ROOT, UV

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
"""Those that `pyproject.toml` names."""
FOLDER = ROOT / ".venvs"
OURS = ["--editable", ".[notebook,s3]", "--editable", "tests/support/checkout"]
LOCKS = ["--constraint", "locks/run.txt", "--constraint", "locks/dev.txt"]
FLAGS = sys.argv[2:]
"""For pytest; before them is what to run: newest, or pythons."""


def candidates(version: str) -> Iterator[Path]:
    """Where an interpreter of that version may be: on the path, or among pyenv's, whose own commands may refuse."""
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    pyenv = shutil.which("pyenv")
    if pyenv:
        root = subprocess.run([pyenv, "root"], capture_output=True, text=True, check=True).stdout.strip()
        yield from sorted(Path(root, "versions").glob(f"{version}.*/bin/python{version}"), reverse=True)


def interpreter(version: str) -> Path | None:
    """An interpreter of that version which starts, if this machine has one."""
    for candidate in candidates(version):
        if subprocess.run([candidate, "-c", ""], capture_output=True).returncode == 0:
            return candidate
    return None


def tests(name: str, python: Path, *options: str) -> int:
    """Makes the environment `name` anew and runs the default tests in it. The exit code of pytest."""
    folder = FOLDER / name
    subprocess.run([UV, "venv", "--quiet", "--clear", "--python", python, folder], check=True)
    installed = folder / "bin" / "python"
    subprocess.run(
        [UV, "pip", "install", "--quiet", "--python", installed, *options, *OURS, "--group", "dev"],
        cwd=ROOT,
        check=True,
    )
    return subprocess.run([installed, "-m", "pytest", "-n", "auto", "-q", *FLAGS], cwd=ROOT).returncode


def newest() -> int:
    """The newest versions that the bounds of `pyproject.toml` allow, of what others need too."""
    return tests("newest", Path(sys.executable), "--upgrade", "--refresh")


def pythons() -> int:
    """The lock's versions on each interpreter. Which are missing is printed; with none there it fails."""
    ended: dict[str, str] = {}
    failed = False
    for version in PYTHONS:
        python = interpreter(version)
        if python is None:
            ended[version] = "SKIPPED: this machine does not have it"
            continue
        print(f"== Python {version}: {python}", flush=True)
        code = tests(version, python, *LOCKS)
        failed |= code != 0
        ended[version] = f"pytest ended with {code}"
    for version, how in ended.items():
        print(f"Python {version}: {how}")
    return 1 if failed or all(how.startswith("SKIPPED") for how in ended.values()) else 0


if __name__ == "__main__":
    sys.exit({"newest": newest, "pythons": pythons}[sys.argv[1]]())
