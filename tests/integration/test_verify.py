"""`runnable verify`: whether a run, a manifest and an image are of the commit and the files here."""

import json
import subprocess

import pytest
import yaml

from runnable.configuration import load_configuration
from runnable.driver.verify import images_checked
from runnable.images.build import project_recipes
from runnable.images.recipe import BuildOptions
from runnable.ir.digest import pipeline_digest
from runnable.runs.stores.project import project_store
from runnable_runtime import __version__
from tests.support.commands import command
from tests.support.local_runs import call, program

CODE = """from pathlib import Path
from runnable import *

def price(order: str) -> int:
    Path("prices.csv").write_text(order)
    return len(order)

pipeline = Pipeline(name="orders", steps=[
    PythonTask(name="price", function=price, returns=["amount"], catalog=Catalog(put=["prices.csv"])),
])
"""
BUCKET = "run-log-store: {type: chunked-s3, config: {bucket: runs}}\ncatalog: {type: s3, config: {bucket: files}}\n"
PLAIN = ("compile", "p.py", "-p", "orders.yaml", "--image", "orders:1", "-c", "s.yaml")
COMPILE = (*PLAIN, "--provenance")


def git(project, *words):
    who = ("-c", "user.name=me", "-c", "user.email=me@localhost")
    ended = subprocess.run(["git", *who, *words], cwd=project, check=True, capture_output=True, text=True)
    return ended.stdout.strip()


def commit(project):
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "a change")
    return git(project, "rev-parse", "HEAD")


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "orders"\nversion = "1"\ndependencies = []\n')
    (tmp_path / "uv.lock").write_text("version = 1\n")
    (tmp_path / "p.py").write_text(CODE)
    (tmp_path / "orders.yaml").write_text("order: pears\n")
    (tmp_path / ".gitignore").write_text(".run_log_store\n.catalog\n*.lock.tmp\n")
    (tmp_path / "prices.csv").write_text("pears")
    (tmp_path / "s.yaml").write_text("pipeline-executor: {type: argo}\ncatalog: {type: s3, config: {bucket: files}}\n")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def verified(project, what, *options):
    ended = command("verify", what, "--format", "json", *options, cwd=project)
    assert ended.returncode in (0, 6), ended.stderr
    found = json.loads(ended.stdout)
    assert found["belongs"] is (ended.returncode == 0)
    return {one["check"]: one["verdict"] for one in found["checks"]}, found


def edited(project, old, new):
    text = (project / "p.py").read_text()
    assert old in text
    (project / "p.py").write_text(text.replace(old, new))


@pytest.mark.slow
def test_a_run_belongs_to_its_commit_and_to_no_other(project):
    ended = command("run", "-q", "p.py", "-p", "orders.yaml", "--run-id", "one", cwd=project)
    assert ended.returncode == 0, ended.stderr
    same = dict.fromkeys(("commit", "pipeline", "lock", "compiler", "code"), "same")
    checks, found = verified(project, "one")
    assert (checks | {"files": "same"}, found["belongs"]) == (same | {"files": "same"}, True)
    edited(project, "len(order)", "len(order) + 1")
    checks, _ = verified(project, "one")
    assert checks == same | {"files": checks["files"], "code": "differs"}
    commit(project)
    checks, found = verified(project, "one")
    assert (checks["commit"], checks["code"], checks["pipeline"], found["belongs"]) == (
        "differs",
        "differs",
        "same",
        False,
    )
    edited(project, 'name="price"', 'name="prices"')
    (project / "uv.lock").write_text("version = 2\n")
    checks, _ = verified(project, "one")
    assert (checks["pipeline"], checks["lock"]) == ("differs", "differs")


@pytest.mark.slow
def test_a_run_of_changed_files_is_of_no_commit(project):
    edited(project, "len(order)", "len(order) + 1")
    command("run", "-q", "p.py", "-p", "orders.yaml", "--run-id", "one", cwd=project)
    origin = project_store(load_configuration("", project)).read("one").origin
    checks, found = verified(project, "one")
    assert (checks["files"], found["belongs"]) == (("differs", False) if origin.dirty else ("unknown", True))


def test_a_manifest_says_where_it_comes_from_and_is_of_that_commit(project):
    head = git(project, "rev-parse", "HEAD")
    assert command(*COMPILE, "-o", "m.yaml", cwd=project).returncode == 0
    found = yaml.safe_load((project / "m.yaml").read_text())
    said = found["metadata"]["annotations"]
    assert said["runnable.io/commit"] == head
    assert (said["runnable.io/changes"], said["runnable.io/compiler"]) == ("clean", __version__)
    assert found["spec"]["workflowMetadata"]["annotations"] == said, "so each workflow says it too"
    checks, _ = verified(project, "m.yaml")
    assert checks == dict.fromkeys(("commit", "files", "pipeline", "lock", "compiler"), "same") | {"image": "noted"}
    before = (project / "m.yaml").read_bytes()
    assert command(*COMPILE, "-o", "m.yaml", cwd=project).returncode == 0
    assert (project / "m.yaml").read_bytes() == before, "the same input gives the same bytes"
    commit(project)
    assert verified(project, "m.yaml")[0]["commit"] == "same", "the commit that adds the manifest changes nothing else"
    assert command(*COMPILE, "--check", "m.yaml", cwd=project).returncode == 0
    edited(project, "len(order)", "len(order) + 1")
    assert verified(project, "m.yaml")[0]["files"] == "differs"
    commit(project)
    assert verified(project, "m.yaml")[0]["commit"] == "differs"
    assert command(*COMPILE, "--check", "m.yaml", cwd=project).returncode == 0, "what it compiles to has not changed"
    edited(project, 'name="price"', 'name="prices"')
    assert command(*COMPILE, "--check", "m.yaml", cwd=project).returncode == 6


def test_the_configuration_may_ask_for_it_and_pods_record_it(project):
    (project / "c.yaml").write_text(f"provenance: true\npipeline-executor: {{type: argo}}\n{BUCKET}")
    ended = command("compile", "p.py", "-p", "orders.yaml", "--image", "orders:1", "-c", "c.yaml", cwd=project)
    assert ended.returncode == 0, ended.stderr
    text = ended.stdout
    assert '"provenance":' in text.replace("\\", "")
    (project / "c.yaml").write_text("provenance: often\n")
    ended = command("compile", "p.py", "-p", "orders.yaml", "--image", "orders:1", "-c", "c.yaml", cwd=project)
    assert (ended.returncode, "provenance: is true or false" in ended.stderr) == (4, True)


def test_without_being_asked_nothing_is_said(project):
    ended = command(*PLAIN, cwd=project)
    assert (ended.returncode, "kind: WorkflowTemplate" in ended.stdout, "runnable.io/" in ended.stdout) == (
        0,
        True,
        False,
    )


def test_a_statement_is_of_in_toto(project):
    assert command(*COMPILE, "-o", "m.yaml", cwd=project).returncode == 0
    ended = command("verify", "m.yaml", "--statement", cwd=project)
    found = json.loads(ended.stdout)
    assert (found["_type"], found["predicateType"]) == (
        "https://in-toto.io/Statement/v1",
        "https://slsa.dev/provenance/v1",
    )
    digest = subprocess.run(["sha256sum", "m.yaml"], cwd=project, capture_output=True, text=True).stdout.split()[0]
    assert found["subject"] == [{"name": "m.yaml", "digest": {"sha256": digest}}]
    source = found["predicate"]["buildDefinition"]["resolvedDependencies"][0]
    assert source["digest"]["gitCommit"] == git(project, "rev-parse", "HEAD")
    assert "m.yaml is of this commit" in ended.stderr


@pytest.mark.slow
def test_the_statement_of_a_run_is_about_what_it_has_put(project):
    command("run", "-q", "p.py", "-p", "orders.yaml", "--run-id", "one", cwd=project)
    found = json.loads(command("verify", "one", "--statement", cwd=project).stdout)
    assert [one["name"] for one in found["subject"]] == ["prices.csv", "record of one"]
    assert found["predicate"]["runDetails"]["metadata"]["invocationId"] == "one"
    assert found["predicate"]["buildDefinition"]["externalParameters"]["parameters"] == {"order": "pears"}


def test_what_is_not_there_is_reported(project):
    assert command("verify", "nothing", cwd=project).returncode == 8
    (project / "bad.yaml").write_text("kind: WorkflowTemplate\napiVersion: argoproj.io/v1alpha1\nmetadata: 3\n")
    ended = command("verify", "bad.yaml", cwd=project)
    assert (ended.returncode, "Traceback" in ended.stderr) == (4, False)


def test_the_digest_of_a_pipeline_is_that_of_its_steps_wherever_they_stand():
    one = program(call("a", returns="x"), call("b", reads="x"), rate=1)
    assert pipeline_digest(one) == pipeline_digest(program(call("a", returns="x"), call("b", reads="x"), rate=2))
    assert pipeline_digest(one) != pipeline_digest(program(call("a", returns="x"), call("b", reads="x", retry=1)))


def test_an_image_is_of_the_files_here_if_its_tag_is_theirs(project):
    tag = project_recipes(project, BuildOptions())[0][-1].tag
    images = [f"registry.example.com/orders:{tag}@sha256:{'0' * 64}", "orders:1"]
    assert [one.verdict for one in images_checked(images, project)] == ["noted", "same"]
