"""An editable install leaves the path to whoever installs it; `uv` and `make` share an environment."""

import shutil
import subprocess
import sys

import pytest
from packaging.requirements import Requirement

from runnable_runtime.build.uv_lock import normalized
from tests.support.installed import Installed
from tests.support.paths import ROOT, UV

pytestmark = [pytest.mark.install, pytest.mark.timeout(1200)]


@pytest.fixture
def checkout(tmp_path):
    """A copy of the repository's files."""
    folder = tmp_path / "checkout"
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def test_packages_of_the_users_own_are_found_before_those_of_the_repository(empty):
    user = empty()
    user.run(UV, "pip", "install", "--quiet", "--editable", ROOT)
    for name in ("tests", "docs", "examples", "benchmarks", "compiler"):
        (user.folder / name).mkdir()
        (user.folder / name / "helpers.py").write_text("def one():\n    return 1\n")
        (user.folder / "pipeline.py").write_text(
            f"from {name}.helpers import one\nfrom runnable import Pipeline, PythonTask\n"
            "def main():\n    p = Pipeline(steps=[PythonTask(name='one', function=one, returns=['n'])])\n"
            "    p.execute()\n    return p\nif __name__ == '__main__':\n    main()\n"
        )
        user.run("python", "pipeline.py")
        assert user.run("runnable", "check", "pipeline.py").stdout == "no mistakes found\n"
    user.run("python", "-c", "import tests.support", code=1)


def test_uv_run_uv_sync_and_make_work_in_any_order(checkout):
    user = Installed(checkout / ".venv", checkout)

    def make() -> None:
        user.run("make", "example", f"PYTHON={sys.executable}")
        user.run("make", "setup")
        user.run("pytest", "-q", "-p", "no:cacheprovider", "tests/unit/ir")

    def uv_run() -> None:
        user.run(UV, "run", "--quiet", "--python", sys.executable, "examples/06-parallel/parallel_parameters.py")

    def uv_sync() -> None:
        user.run(UV, "sync", "--quiet", "--python", sys.executable)

    for command in (uv_run, make, uv_sync, make, uv_run):
        command()
    make()
    installed = versions(user.run("python", "-m", "pip", "freeze").stdout)
    locked = versions("".join((checkout / "locks" / name).read_text() for name in ("run.txt", "dev.txt")))
    assert "mypy" in installed
    assert not {name for name in installed.keys() & locked.keys() if installed[name] != locked[name]}


def versions(text: str) -> dict[str, str]:
    """The versions that `text`, of `pip freeze` or of the lock, names for this Python."""
    pinned = [Requirement(line.rstrip(" \\")) for line in text.splitlines() if "==" in line and line[0] not in " #-"]
    return {
        normalized(each.name): str(each.specifier).removeprefix("==")
        for each in pinned
        if each.marker is None or each.marker.evaluate()
    }
