"""`runnable doctor --probe`: what only a pod knows of a cluster, found with one on a real one, which is gone again."""

import json
import os
import time

import pytest
import yaml

from runnable.cluster.api import Api
from runnable.configuration import load_configuration
from runnable.doctor.finding import Level
from runnable.doctor.looking import Cluster
from runnable.doctor.probe import probed
from runnable.doctor.project import argo_settings
from runnable_runtime import __version__
from tests.integration.test_command_line import runnable
from tests.support import clusters
from tests.support.namespaces import CREDENTIALS, give_credentials, image_of_a_node, kubectl_in, namespace
from tests.support.paths import ROOT
from tests.support.proxy import address_towards

ENDPOINT = os.environ.get("AWS_ENDPOINT_URL", "")
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
    pytest.mark.skipif(not ENDPOINT, reason="AWS_ENDPOINT_URL names no S3 server"),
]
BUCKET = os.environ.get("RUNNABLE_S3_BUCKET", "artifacts")


@pytest.fixture
def space(tmp_path):
    """A namespace with a service account and the store's credentials."""
    with namespace() as name:
        kubectl_in(name, "create", "serviceaccount", "workflow")
        give_credentials(name)
        yield name


def configured(folder, name, endpoint=ENDPOINT, bucket=BUCKET, **config):
    settings = {"image": clusters.IMAGE, "serviceAccount": "workflow", "namespace": name, **config}
    store = {"bucket": bucket, "endpoint_url": endpoint, "credentials_secret": CREDENTIALS}
    document = {"pipeline-executor": {"type": "argo", "config": settings}, "catalog": {"type": "s3", "config": store}}
    (folder / "c.yaml").write_text(yaml.safe_dump(document))
    return folder / "c.yaml"


def found(file, name, seconds=60):
    settings = load_configuration(str(file), file.parent)
    cluster = Cluster.of(Api.connect(), name)
    return {one.check: one for one in probed(cluster, settings, argo_settings(settings), seconds)}


def pods(name):
    return [pod for pod in json.loads(kubectl_in(name, "get", "pods", "-o", "json"))["items"] if not is_going(pod)]


def is_going(pod):
    return "deletionTimestamp" in pod["metadata"]


def test_of_a_good_namespace_everything_is_reached_and_the_pod_is_gone(space, tmp_path):
    file = configured(tmp_path, space)
    began = time.monotonic()
    every = found(file, space)
    print(f"the probe took {time.monotonic() - began:.1f} s")
    assert {one.level for one in every.values()} == {Level.OK}, every
    assert list(every) == ["image", "API server from a pod", "catalog from a pod"]
    assert __version__ in every["image"].text
    assert pods(space) == []


def no_image(folder, name):
    return configured(folder, name, image="registry.invalid/nothing:1")


def no_python(folder, name):
    return configured(folder, name, image=image_of_a_node("/pause:"))


def no_store(folder, name):
    return configured(folder, name, endpoint=f"http://{address_towards(ENDPOINT)}:1")


def no_bucket(folder, name):
    return configured(folder, name, bucket="there-is-none")


def no_secret(folder, name):
    kubectl_in(name, "delete", "secret", CREDENTIALS)
    return configured(folder, name)


def no_account(folder, name):
    kubectl_in(name, "delete", "serviceaccount", "workflow")
    return configured(folder, name)


def no_quota(folder, name):
    kubectl_in(name, "create", "quota", "none", "--hard=pods=0")
    return configured(folder, name)


def no_node(folder, name):
    return configured(folder, name, defaultResources={"requests": {"cpu": "1000"}, "limits": {"cpu": "1000"}})


@pytest.mark.parametrize(
    ("make", "check", "words"),
    [
        (no_image, "image", "nodes cannot pull registry.invalid/nothing:1: "),
        (no_python, "image", "has no `python` that could run"),
        (no_store, "catalog from a pod", "no connection to "),
        (no_bucket, "catalog from a pod", "there-is-none"),
        (no_secret, "probe", "the pod does not start: CreateContainerConfigError"),
        (no_account, "probe", "the pod was refused"),
        (no_quota, "probe", "exceeded quota"),
        (no_node, "nodes", "Insufficient cpu"),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_a_fault_that_only_a_pod_meets_is_a_problem_and_the_only_one(make, check, words, space, tmp_path):
    seconds = 8 if make is no_node else 60
    every = found(make(tmp_path, space), space, seconds)
    wrong = {name: one for name, one in every.items() if one.level is not Level.OK}
    assert list(wrong) == [check], every
    assert (wrong[check].level, words in wrong[check].text) == (Level.PROBLEM, True), wrong
    assert wrong[check].advice
    assert pods(space) == []


def test_the_command_makes_a_pod_only_when_asked(space, tmp_path):
    file = configured(tmp_path, space, image="registry.invalid/nothing:1")
    plain = json.loads(runnable("doctor", "-c", file, "--json", cwd=ROOT).stdout)
    assert "image" not in {one["check"] for one in plain["cluster"]}
    ended = runnable("doctor", "-c", file, "--json", "--probe", cwd=ROOT)
    assert ended.returncode == 7
    assert "problem" in {one["level"] for one in json.loads(ended.stdout)["cluster"] if one["check"] == "image"}
