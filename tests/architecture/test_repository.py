"""What stands beside the code says what is there: the Makefile's help, the version, the paths that pages name."""

import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

import runnable
import runnable_runtime
from tests.support.paths import ROOT
from tests.support.tiers import UNNAMED

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / ".github").rglob("*.md")])
GUIDES = [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "architecture.md", ROOT / "docs" / "vocabulary.md"]
VERSION_FILE = "runtime_image/runnable_runtime/__init__.py"
HAVE_IT_TOO = ("CHANGELOG.md", "docs/story.md", "locks/")
"""What was released, what a command printed, and versions of others."""


@cache
def files() -> tuple[str, ...]:
    """The repository's files, also those that are not committed yet."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(name for name in found if (ROOT / name).is_file())


def named_in(page: Path) -> list[str]:
    """The paths in running text, as far as they are no patterns and have no part to fill in."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    return [token for token in re.findall(r"`([^`\n]+)`", text) if re.fullmatch(r"[a-z0-9_./-]+", token)]


def id_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_help_lists_every_target_of_the_makefile():
    text = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z][a-z0-9-]*):", text, re.M)
    listed = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in listed.splitlines()] == targets
    assert all(len(line.split()) > 1 for line in listed.splitlines())
    phony = re.search(r"^\.PHONY: (.*)$", text, re.M)
    assert phony is not None
    assert sorted(phony[1].split()) == sorted(targets)


def test_the_makefile_finds_the_files_of_each_tier(request):
    assert request.config.stash[UNNAMED] == set(), (
        "name the mark in the file, be it in a comment: `marked` greps for it"
    )


def test_the_version_stands_once():
    version = re.compile(rf"(?<![\d.]){re.escape(runnable.__version__)}(?![\d.])")
    found = [name for name in files() if not name.startswith(HAVE_IT_TOO) and has(version, ROOT / name)]
    assert found == [VERSION_FILE]
    assert runnable.__version__ == runnable_runtime.__version__


def test_what_is_installed_is_locked_with_its_hashes_in_one_version():
    locked: dict[str, str] = {}
    for file in sorted((ROOT / "locks").iterdir()):
        for block in re.split(r"^(?=\S)", file.read_text(), flags=re.M)[1:]:
            requirement = block.splitlines()[0].rstrip(" \\")
            name = requirement.partition(" ;")[0]
            assert re.fullmatch(r"[\w.-]+==\S+", name), requirement
            assert "--hash=sha256:" in block, requirement
            assert (
                locked.setdefault(name.partition("==")[0] + requirement.partition(" ;")[2], requirement) == requirement
            )
    text = (ROOT / "Makefile").read_text()
    assert re.findall(r"pip install|\$\(PIP\) install", text)
    for line in text.splitlines():
        if "$(PIP) install" in line:
            assert "--require-hashes -r locks/" in line or "--no-deps --no-build-isolation --editable" in line, line


def has(pattern: re.Pattern[str], file: Path) -> bool:
    return file.suffix not in (".gz", ".png") and pattern.search(file.read_text(errors="replace")) is not None


@pytest.mark.parametrize("page", PAGES, ids=id_of)
def test_modules_that_a_page_names_exist(page):
    modules = [name for name in named_in(page) if "/" in name and name.endswith(".py")]
    assert not [name for name in modules if not any(f"/{file}".endswith(f"/{name}") for file in files())]


@pytest.mark.parametrize("page", GUIDES, ids=id_of)
def test_files_and_folders_that_a_guide_names_exist(page):
    names = [name for name in named_in(page) if "/" in name and "." in name.rpartition("/")[2]]
    assert not [name for name in names if not (ROOT / name).is_file()]
    folders = [name for name in named_in(page) if name.endswith("/")]
    assert not [name for name in folders if not any(f"/{name}" in f"/{file}" for file in files())]


def test_architecture_lists_every_decision():
    listed = re.findall(r"\(adr/(\S+)\)", (ROOT / "docs" / "architecture.md").read_text().split("## Decisions")[1])
    assert listed == sorted(page.name for page in (ROOT / "docs" / "adr").glob("*.md"))


def test_the_name_that_installs_this_stands_once_beside_the_metadata():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == runnable_runtime.DISTRIBUTION
    said = re.compile(rf"runnable\[(?:{'|'.join(project['optional-dependencies'])})")  # the published package's
    assert not [
        name
        for name in files()
        if not name.startswith(("benchmarks/", "tests/", "docs/adr/")) and has(said, ROOT / name)
    ]


def test_the_site_has_every_page():
    listed = set(re.findall(r"^\.\./(\w[\w-]*)$", (ROOT / "docs" / "site" / "index.md").read_text(), re.MULTILINE))
    assert {page.stem for page in (ROOT / "docs").glob("*.md")} - listed == set()


def test_the_reference_has_every_public_name():
    named = set(re.findall(r"^\.\. auto\w+:: (\w+)$", (ROOT / "docs" / "site" / "api.md").read_text(), re.MULTILINE))
    assert {name for name in runnable.__all__ if not name.startswith("_")} - named == set()
