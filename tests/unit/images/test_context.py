"""What images are built of, how they are called, and the Dockerfile of a project that has none."""

import os
import tarfile

import pytest

from runnable.diagnostics.errors import ConfigurationError
from runnable.images.buildx import bake_file
from runnable.images.context import ContextFile, archive, digest, folder_files, ignored_patterns
from runnable.images.dockerfile import generated, referenced
from runnable.images.project import default_base_image, default_repository, project_image, written_dockerfile
from runnable.images.recipe import BuildOptions, Recipe
from runnable.images.runtime import runtime_context, runtime_reference
from tests.support.paths import ROOT


def write(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_the_digest_changes_with_a_path_a_mode_or_a_byte_and_with_nothing_else(tmp_path):
    write(tmp_path, a="1", b__c="2")
    first = digest(folder_files(tmp_path, ()), "base")
    os.utime(tmp_path / "a", (1, 1))
    (tmp_path / "a").chmod(0o600)
    assert digest(folder_files(tmp_path, ()), "base") == first
    seen = {first, digest(folder_files(tmp_path, ()), "other")}
    (tmp_path / "a").chmod(0o700)
    seen.add(digest(folder_files(tmp_path, ()), "base"))
    write(tmp_path, a="2")
    seen.add(digest(folder_files(tmp_path, ()), "base"))
    (tmp_path / "a").rename(tmp_path / "d")
    seen.add(digest(folder_files(tmp_path, ()), "base"))
    assert len(seen) == 5


def test_an_archive_has_nothing_of_this_machine_in_it(tmp_path):
    write(tmp_path, b="1", a__script="2")
    (tmp_path / "b").chmod(0o600)
    (tmp_path / "a" / "script").chmod(0o700)
    (tmp_path / "link").symlink_to("b")
    with archive(folder_files(tmp_path, ())) as stream, tarfile.open(fileobj=stream) as tar:
        found = [(m.name, m.mode, m.uid, m.uname, m.linkname) for m in tar.getmembers()]
        assert len({m.mtime for m in tar.getmembers()}) == 1
    assert found == [("a/script", 0o755, 0, "", ""), ("b", 0o644, 0, "", ""), ("link", 0o644, 0, "", "b")]


def test_without_a_dockerignore_what_is_never_wanted_is_left_out(tmp_path):
    write(
        tmp_path, a="", _DOT_git__x="", _DOT_venv__x="", pkg____pycache____x_DOT_pyc="", pkg__b="", _DOT_env="",
        pkg___DOT_run_log_store__x="",
    )  # fmt: skip
    assert set(folder_files(tmp_path, ignored_patterns(tmp_path))) == {"a", "pkg/b"}
    write(tmp_path, _DOT_dockerignore="pkg\n")
    assert {"a", ".env", ".git/x"} <= set(folder_files(tmp_path, ignored_patterns(tmp_path)))


def test_the_runtime_image_is_built_of_its_dockerfile_and_the_two_packages():
    context = runtime_context()
    assert {
        "Dockerfile",
        "pyproject.toml",
        "compiler/runnable/__init__.py",
        "runtime_image/runnable_runtime/entrypoint.py",
    } <= set(context)
    assert not [path for path in context if path.endswith(".pyc")]
    assert runtime_reference(context, "python:3.11-slim") != runtime_reference(context, "python:3.12-slim")


def test_every_file_that_the_runtime_dockerfile_copies_is_in_its_context():
    context = runtime_context()
    text = (ROOT / "Dockerfile").read_text()
    sources = [line.split()[1] for line in text.splitlines() if line.startswith("COPY ")]
    assert sources
    for source in sources:
        assert any(path == source or path.startswith(f"{source}/") for path in context), source


def test_packages_come_from_the_lock_file_else_requirements_else_pyproject(tmp_path):
    assert generated(tmp_path)[1].startswith("no file")
    assert "pip" not in generated(tmp_path)[0].replace("PIP", "")
    write(tmp_path, pyproject_DOT_toml="")
    assert generated(tmp_path)[1] == "pyproject.toml"
    write(tmp_path, requirements_DOT_txt="")
    assert generated(tmp_path)[1] == "requirements.txt"
    assert generated(tmp_path, ["more"])[1] == "pyproject.toml"
    assert "/tmp/packages more " in generated(tmp_path, ["more"])[0]
    write(tmp_path, uv_DOT_lock="")
    assert generated(tmp_path)[1] == "pyproject.toml and uv.lock"


def test_requirements_files_that_others_name_are_copied_too(tmp_path):
    write(
        tmp_path,
        requirements_DOT_txt="pandas\n-r base/more.txt\n-c https://example.com/c.txt\n",
        base__more_DOT_txt="--constraint=../locked.txt\n-r ../requirements.txt\n-r ../../outside.txt",
        locked_DOT_txt="",
    )
    assert referenced(tmp_path, "requirements.txt") == ["requirements.txt", "base/more.txt", "locked.txt"]
    assert "COPY base/more.txt base/\nCOPY locked.txt ./\n" in generated(tmp_path)[0]


@pytest.mark.parametrize(
    ("pyproject", "expected"),
    [('[project]\nname = "The.Project_1"', "the-project-1"), ("[project]", "some-folder"), (None, "some-folder")],
)
def test_an_image_is_called_after_its_project(tmp_path, pyproject, expected):
    folder = tmp_path / "Some Folder"
    folder.mkdir()
    if pyproject:
        write(folder, pyproject_DOT_toml=pyproject)
    assert default_repository(folder) == expected


def test_the_base_image_has_the_projects_python(tmp_path):
    assert default_base_image(tmp_path).startswith("python:3.")
    write(tmp_path, **{"_DOT_python-version": "3.13.1\n"})
    assert default_base_image(tmp_path) == "python:3.13-slim"


def test_a_dockerfile_that_is_not_there_and_extras_of_an_own_one_are_mistakes(tmp_path):
    with pytest.raises(ConfigurationError, match="no Dockerfile other"):
        project_image(tmp_path, "other", [])
    write(tmp_path, Dockerfile="FROM x\n")
    with pytest.raises(ConfigurationError, match="--extra is for a Dockerfile that is made"):
        project_image(tmp_path, "", ["more"])


def test_an_own_dockerfile_is_in_the_context_though_it_is_ignored(tmp_path):
    write(tmp_path, Dockerfile="FROM x\n", _DOT_dockerignore="Dockerfile\n")
    assert "Dockerfile" in project_image(tmp_path, "", []).context


def test_images_for_several_platforms_are_built_in_one_go_each_from_the_one_before():
    """What buildx does with this is seen in tests/integration/docker, where there is one: this is what it is told."""
    base = Recipe("runtime", "1-a", {"f": ContextFile(b"")}, "Dockerfile", {"BASE_IMAGE": "python"})
    image = Recipe("registry.example.com/it", "b", {}, "own.Dockerfile", {"BASE": base.reference})
    platforms = ["linux/amd64", "linux/arm64"]
    options = BuildOptions(platforms=tuple(platforms), tags=("v1",), network="host", fresh=True, push=True)
    common = {"platforms": platforms, "no-cache": True, "network": "host"}
    assert bake_file([base, image], options) == {
        "target": {
            "runtime": {
                "context": "1-a",
                "dockerfile": "Dockerfile",
                "args": {"BASE_IMAGE": "python"},
                "labels": {"io.runnable.content": "1-a"},
                **common,
            },
            "image": {
                "context": "b",
                "dockerfile": "own.Dockerfile",
                "args": {"BASE": "runtime:1-a"},
                "labels": {"io.runnable.content": "b"},
                **common,
                "contexts": {"runtime:1-a": "target:runtime"},
                "tags": ["registry.example.com/it:v1", "registry.example.com/it:b"],
                "output": ["type=registry"],
            },
        }
    }


def test_a_requirements_file_that_asks_for_the_published_package_is_refused(tmp_path):
    (tmp_path / "requirements.txt").write_text("-r more.txt\npandas\n")
    (tmp_path / "more.txt").write_text("numpy\nRunnable==0.50.0\n")
    with pytest.raises(
        ConfigurationError, match=r"more.txt asks for 'Runnable==0.50.0', .*: write 'runnable-pipelines'"
    ):
        written_dockerfile(tmp_path, ())


@pytest.mark.parametrize("name", ["environment.yml", "Pipfile"])
def test_a_list_of_packages_for_another_tool_is_not_ignored_silently(tmp_path, name):
    (tmp_path / name).touch()
    (tmp_path / "requirements.txt").touch()
    notes = project_image(tmp_path, "", []).notes
    assert (
        f"{name} is not used: list its packages in requirements.txt or pyproject.toml, or write a Dockerfile" in notes
    )
    (tmp_path / "Dockerfile").touch()
    assert not any("is not used" in note for note in project_image(tmp_path, "", []).notes)
