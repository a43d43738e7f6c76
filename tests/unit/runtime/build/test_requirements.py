"""What an image's build finds out about packages: of the project, and of this project itself."""

import subprocess
import sys

import pytest

from runnable_runtime import __version__
from runnable_runtime.build import distribution, requirements
from runnable_runtime.build.requirements import RequirementsError
from tests.support.paths import ROOT

PYPROJECT = """
[project]
name = "it"
dependencies = ["runnable-pipelines[notebook]", "pandas>=2"]
[project.optional-dependencies]
plots = ["matplotlib"]
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    return tmp_path


def test_the_dependencies_of_a_project_and_its_extras(project):
    assert requirements.requirements(project) == ["runnable-pipelines[notebook]", "pandas>=2"]
    assert requirements.requirements(project, ["plots"]) == ["runnable-pipelines[notebook]", "pandas>=2", "matplotlib"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[tool.poetry]", "no [project] with dependencies (those of [tool.poetry] are not read)"),
        ("[build-system]", "no [project] with dependencies: add a requirements.txt"),
        ('[project]\ndynamic = ["dependencies"]', "its dependencies are dynamic"),
        ("[project", "pyproject.toml is not TOML"),
    ],
)
def test_what_is_not_understood_is_refused(project, text, reason):
    (project / "pyproject.toml").write_text(text)
    with pytest.raises(RequirementsError) as caught:
        requirements.requirements(project)
    assert reason in str(caught.value)


def test_an_extra_that_is_not_there_is_refused(project):
    with pytest.raises(RequirementsError, match=r"no optional dependencies 'plot' \(it has: plots\)"):
        requirements.requirements(project, ["plot"])


def test_the_published_package_is_refused_since_it_would_be_installed_over_this_one(project):
    (project / "pyproject.toml").write_text('[project]\nname = "p"\ndependencies = ["runnable[notebook]>=0.1"]\n')
    with pytest.raises(
        RequirementsError, match=r"asks for 'runnable\[notebook\]>=0.1', .*: write 'runnable-pipelines'"
    ):
        requirements.requirements(project)


def test_pip_takes_this_project_for_installed_with_its_extras(tmp_path):
    distribution.main(str(ROOT / "pyproject.toml"), str(tmp_path))
    code = (
        "import importlib.metadata as m; d = m.distribution('runnable-pipelines'); print(d.version);"
        "print(d.metadata.get_all('Provides-Extra')); print(any('extra' not in r for r in d.requires))"
    )
    found = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True,
                           env={"PYTHONPATH": str(tmp_path)}).stdout.splitlines()  # fmt: skip
    assert found[0] == __version__
    assert "'notebook'" in found[1]
    assert found[2] == "False"
