"""Manifests in a repository: a folder is written, checked and compared by the command line."""

import json

import pytest
import yaml

from tests.integration.test_command_line import HELLO, runnable
from tests.support.paths import ROOT

DIGEST = "sha256:" + "ab" * 32


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "pipe.py").write_text(HELLO)
    return tmp_path


def compiled(project, *arguments):
    return runnable("compile", *arguments, "pipe.py", cwd=project)


def test_a_folder_becomes_a_kustomize_base_and_is_the_same_every_time(project):
    ended = compiled(project, "-o", "deploy/pipe", "--image", f"a:1@{DIGEST}")
    assert ended.returncode == 0, ended.stderr
    folder = project / "deploy" / "pipe"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(first) == ["kustomization.yaml", "kustomizeconfig.yaml", "pipe.yaml"]
    compiled(project, "-o", "deploy/pipe", "--image", f"a:1@{DIGEST}")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first


def test_other_targets_have_no_kustomization(project):
    assert compiled(project, "-o", "out/", "--target", "ir").returncode == 0
    assert len(list((project / "out").iterdir())) == 1


@pytest.mark.parametrize("output", ["deploy", "deploy.yaml"])
def test_check_passes_on_what_was_written_and_writes_nothing(project, output):
    compiled(project, "-o", output, "--image", f"a:1@{DIGEST}")
    before = {path: path.read_bytes() for path in project.rglob("*.yaml")}
    ended = compiled(project, "--check", output, "--image", f"a:1@{DIGEST}")
    assert (ended.returncode, ended.stderr) == (0, f"{output} is up to date\n")
    assert {path: path.read_bytes() for path in project.rglob("*.yaml")} == before


@pytest.mark.parametrize("output", ["deploy", "deploy.yaml"])
def test_check_tells_of_steps_and_lines_when_the_pipeline_has_changed(project, output):
    compiled(project, "-o", output)
    (project / "pipe.py").write_text(HELLO.replace('Stub(name="end")', 'PythonTask(name="end", function=hello)'))
    ended = compiled(project, "--check", output)
    assert ended.returncode == 6
    assert "~ step end\n      does: nothing (a stub) -> python pipe:hello\n" in ended.stdout
    assert "\n-        template: stub\n" in ended.stdout
    assert f"`-o {output}` in place of --check" in ended.stdout


def test_check_tells_of_an_image_that_is_pinned_otherwise(project):
    compiled(project, "-o", "deploy", "--image", f"a:1@{DIGEST}")
    ended = compiled(project, "--check", "deploy", "--image", f"a:1@{DIGEST.replace('ab', 'cd')}")
    assert ended.returncode == 6
    assert f"image: a:1@{DIGEST} -> a:1@{DIGEST.replace('ab', 'cd')}" in ended.stdout


@pytest.mark.parametrize("output", ["deploy", "deploy.yaml"])
def test_check_fails_where_nothing_was_written(project, output):
    ended = compiled(project, "--check", output)
    assert ended.returncode == 6
    assert "is missing" in ended.stdout
    assert not (project / output).exists()


def test_check_names_a_file_that_is_left_over_and_writing_removes_it(project):
    compiled(project, "-o", "deploy")
    left = project / "deploy" / "pipe-2.yaml"
    left.write_text((project / "deploy" / "pipe.yaml").read_text())
    ended = compiled(project, "--check", "deploy")
    assert ended.returncode == 6
    assert "pipe-2.yaml is no longer compiled" in ended.stdout
    assert compiled(project, "-o", "deploy").stderr.endswith("removed deploy/pipe-2.yaml\n")
    assert not left.exists()


def test_a_manifest_that_is_damaged_is_out_of_date(project):
    compiled(project, "-o", "deploy")
    (project / "deploy" / "pipe.yaml").write_text("kind: [")
    assert compiled(project, "--check", "deploy").returncode == 6


def test_diff_tells_changes_in_words_and_as_json(project):
    compiled(project, "-o", "deploy")
    assert runnable("diff", "pipe.py", "--against", "deploy", cwd=project).stdout == "no changes\n"
    changed = runnable("diff", "pipe.py", "--against", "deploy", "--image", "b:2", cwd=project)
    assert changed.returncode == 6
    assert changed.stdout == "~ step hello\n      image: runnable:latest -> b:2\n1 change\n"
    as_json = runnable(
        "diff", "pipe.py", "--against", "deploy/pipe.yaml", "--image", "b:2", "--format", "json", cwd=project
    )
    assert json.loads(as_json.stdout) == [
        {"how": "changed", "what": "step", "name": "hello", "field": "image", "old": "runnable:latest", "new": "b:2"}
    ]


def test_diff_against_nothing_is_an_error(project):
    ended = runnable("diff", "pipe.py", "--against", "nowhere", cwd=project)
    assert ended.returncode == 4
    assert "error[RN504]" in ended.stderr


GITOPS = ROOT / "examples" / "gitops"
EXAMPLE = ("examples/06-parallel/parallel.py", "-c", "examples/gitops/config.yaml")


def test_the_example_of_a_repository_is_up_to_date(golden, tmp_path):
    ended = runnable("compile", *EXAMPLE, "-o", f"{tmp_path}/")
    assert ended.returncode == 0, ended.stderr
    for written in tmp_path.iterdir():
        golden(GITOPS / "parallel" / written.name, written.read_text())
    assert runnable("compile", *EXAMPLE, "--check", GITOPS / "parallel").returncode == 0


def test_the_overlay_of_the_example_tells_kustomize_the_same_of_argos_kinds():
    base, overlay = (
        yaml.safe_load((GITOPS / f / "kustomizeconfig.yaml").read_text()) for f in ("parallel", "production")
    )
    assert base == overlay
    (pin,) = yaml.safe_load((GITOPS / "production" / "kustomization.yaml").read_text())["images"]
    (pinned,) = yaml.safe_load((GITOPS / "parallel" / "kustomization.yaml").read_text())["images"]
    assert pin["name"] == pinned["name"]


def test_argo_cd_and_flux_apply_the_overlay():
    (application,) = yaml.safe_load_all((GITOPS / "argo-cd.yaml").read_text())
    assert ROOT / application["spec"]["source"]["path"] == GITOPS / "production"
    assert "ServerSideApply=true" in application["spec"]["syncPolicy"]["syncOptions"]
    repository, applied = yaml.safe_load_all((GITOPS / "flux.yaml").read_text())
    assert ROOT / applied["spec"]["path"] == GITOPS / "production"
    assert applied["spec"]["sourceRef"] == {"kind": repository["kind"], "name": repository["metadata"]["name"]}
    namespace = yaml.safe_load((GITOPS / "production" / "kustomization.yaml").read_text())["namespace"]
    assert application["spec"]["destination"]["namespace"] == applied["spec"]["targetNamespace"] == namespace
