"""A folder of manifests: a kustomize base with the digests of images in one place, owned by one pipeline."""

import pytest
import yaml

from runnable.diagnostics.errors import ConfigurationError, OutputError
from runnable.manifests.folder import write_folder
from runnable.manifests.images import Image
from runnable.manifests.kustomize import base
from runnable.manifests.objects import read
from runnable.targets.target import Document

DIGEST = "sha256:" + "ab" * 32
OTHER = "sha256:" + "cd" * 32
HEADING = "# Compiled by runnable from the pipeline demo: change the pipeline, not this file.\n"


def manifest(common, *images):
    templates = "".join(f"  - name: t{i}\n    container: {{image: '{image}'}}\n" for i, image in enumerate(images))
    return Document(
        "demo.yaml",
        f"{HEADING}apiVersion: argoproj.io/v1alpha1\nkind: WorkflowTemplate\nmetadata: {{name: demo}}\n"
        f"spec:\n  templateDefaults:\n    container: {{image: '{common}'}}\n  templates:\n{templates}",
    )


def files(*documents):
    return {document.file_name: document.text for document in base(documents, HEADING)}


def kustomization(found):
    return yaml.safe_load(found["kustomization.yaml"])


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("a", Image("a")),
        ("a:1", Image("a", "1")),
        ("host:5000/a/b", Image("host:5000/a/b")),
        ("host:5000/a:1.2", Image("host:5000/a", "1.2")),
        (f"host:5000/a:1@{DIGEST}", Image("host:5000/a", "1", DIGEST)),
        (f"a@{DIGEST}", Image("a", None, DIGEST)),
    ],
)
def test_the_parts_of_an_images_name(text, image):
    assert Image.parse(text) == image
    assert str(image) == text


def test_a_base_lists_its_objects_and_what_kustomize_must_know():
    found = files(manifest("a:1"))
    assert kustomization(found)["resources"] == ["demo.yaml"]
    assert kustomization(found)["configurations"] == ["kustomizeconfig.yaml"]
    assert "images" not in kustomization(found)
    assert found["demo.yaml"] == manifest("a:1").text


def test_a_digest_stands_in_the_kustomization_and_nowhere_else():
    found = files(manifest(f"a:1@{DIGEST}", "b:2", f"a:1@{DIGEST}"))
    assert kustomization(found)["images"] == [{"name": "a", "newTag": "1", "digest": DIGEST}]
    assert "sha256" not in found["demo.yaml"]
    assert found["demo.yaml"].startswith(HEADING)
    assert found["demo.yaml"].count("'a:1'") == 2


def test_two_digests_of_one_name_stay_where_they_are():
    text = manifest(f"a:1@{DIGEST}", f"a:1@{OTHER}", f"b@{DIGEST}")
    found = files(text)
    assert kustomization(found)["images"] == [{"name": "b", "digest": DIGEST}]
    assert found["demo.yaml"].count("@sha256") == 2


def test_what_is_read_back_has_the_digests_again(tmp_path):
    document = manifest(f"a:1@{DIGEST}", "b:2")
    write_folder(tmp_path, base([document], HEADING), owner="demo")
    (item,) = read(tmp_path)
    assert item == yaml.safe_load(document.text)


def test_a_file_that_is_no_longer_compiled_is_removed_and_others_stay(tmp_path):
    (tmp_path / "demo-2.yaml").write_text(HEADING + "kind: WorkflowTemplate\n")
    (tmp_path / "by-hand.yaml").write_text("kind: ConfigMap\n")
    write_folder(tmp_path, base([manifest("a:1")], HEADING), owner="demo")
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "by-hand.yaml",
        "demo.yaml",
        "kustomization.yaml",
        "kustomizeconfig.yaml",
    ]


@pytest.mark.parametrize(
    ("first", "said"),
    [("kind: Kustomization\n", "was not written by"), (HEADING.replace("demo", "other"), "from the pipeline other")],
)
def test_a_file_of_another_is_not_overwritten_and_nothing_is_written(tmp_path, first, said):
    (tmp_path / "kustomization.yaml").write_text(first)
    with pytest.raises(OutputError, match=f"RN503.*{said}"):
        write_folder(tmp_path, base([manifest("a:1")], HEADING), owner="demo")
    assert [p.name for p in tmp_path.iterdir()] == ["kustomization.yaml"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [", "not YAML"), ("a: 1\n", "no Kubernetes object"), ("kind: ConfigMap\n", "no object of Argo's")],
)
def test_what_is_no_manifest_is_told(tmp_path, text, said):
    (tmp_path / "x.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match=said):
        read(tmp_path)


def job(image, command="a", name="generateName: demo-"):
    return Document(
        "demo.yaml",
        f"{HEADING}apiVersion: batch/v1\nkind: Job\nmetadata: {{{name}}}\nspec:\n  template:\n    spec:\n"
        f"      containers: [{{name: main, image: '{image}', command: [{command}]}}]\n",
    )


def test_what_would_get_its_name_when_it_is_made_gets_one_that_is_of_what_it_is():
    """kustomize takes no `generateName`, and a Job that has changed must be another one."""
    (one, same, other) = (
        yaml.safe_load(files(job("a:1", command))["demo.yaml"])["metadata"] for command in ("a", "a", "b")
    )
    assert list(one) == ["name"]
    assert one["name"].startswith("demo-")
    assert one == same != other


def test_the_digest_of_a_jobs_image_stands_in_the_kustomization():
    found = files(job(f"a:1@{DIGEST}", name="name: demo"))
    assert kustomization(found)["images"] == [{"name": "a", "newTag": "1", "digest": DIGEST}]
    (container,) = yaml.safe_load(found["demo.yaml"])["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "a:1"
