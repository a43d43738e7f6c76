"""The probe pod is what a workflow's pod is; what it runs finds what such a pod would. Real pods: tests/integration."""

import json
import socket
import subprocess
import sys

import pytest

from runnable.configuration import load_configuration
from runnable.doctor import in_pod
from runnable.doctor.probe_pod import probe_pod
from runnable_runtime import __version__
from runnable_runtime.stores.settings import StoreSettings

CONFIGURATION = """
pipeline-executor:
  type: argo
  config: {image: "mine:1", serviceAccount: workflow, defaults: {nodeSelector: {disk: fast}, env: {A: "1"}}}
catalog: {type: s3, config: {bucket: b, endpoint_url: "http://store:9000", credentials_secret: keys}}
run-log-store: {type: chunked-s3, config: {bucket: b, endpoint_url: "http://store:9000", credentials_secret: keys}}
"""


def pod(tmp_path):
    (tmp_path / "c.yaml").write_text(CONFIGURATION)
    return probe_pod(load_configuration(str(tmp_path / "c.yaml"), tmp_path))


def test_the_pod_is_that_of_a_step_without_argos_own_containers(tmp_path):
    spec = pod(tmp_path)["spec"]
    (container,) = spec["containers"]
    assert (container["image"], spec["serviceAccountName"], spec["initContainers"]) == ("mine:1", "workflow", [])
    assert (spec["restartPolicy"], spec["nodeSelector"]) == ("Never", {"disk": "fast"})
    assert spec["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    secrets = {one["name"] for one in container["env"] if "secretKeyRef" in one.get("valueFrom", {})}
    assert secrets == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}
    variables = {one["name"]: one.get("value") for one in container["env"]}
    assert set(in_pod.STORES.values()) <= set(variables)
    assert not any("{{" in str(value) for value in variables.values()), "Argo would replace it, and nobody does here"


def ran(spec, environment):
    """What the pod prints, run on this machine."""
    (container,) = spec["containers"]
    command = [sys.executable, *container["command"][1:], *container["args"]]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(ended.stdout.removeprefix(in_pod.MARK))


def test_what_it_runs_finds_the_runtime_and_each_store(tmp_path):
    spec = pod(tmp_path)["spec"]
    (tmp_path / "there").mkdir()
    there = StoreSettings(str(tmp_path / "there" / "catalog")).encode()
    away = StoreSettings("s3://b", endpoint="http://127.0.0.1:1").encode()
    server = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": "1"}
    found = ran(spec, {"RUNNABLE_STORE": there, "RUNNABLE_RUN_LOG": away, **server})
    assert (found["runtime"], found["lacks"], found["stores"]["catalog"]) == (__version__, "", "")
    assert found["stores"]["run log"].startswith("no connection to 127.0.0.1:1: ")
    assert found["api"].startswith("no connection to 127.0.0.1:1: ")


def test_an_image_without_the_runtime_says_what_it_lacks(monkeypatch):
    monkeypatch.setitem(sys.modules, "runnable_runtime", None)
    found = in_pod.looked({})
    assert (found["runtime"], found["stores"]) == ("", {})
    assert "ModuleNotFoundError" in found["lacks"]


@pytest.mark.parametrize("text", ["", "{}", "[", '{"url": "nowhere://x"}'])
def test_a_store_that_is_none_is_a_reason_and_no_traceback(text):
    assert in_pod.looked({"RUNNABLE_STORE": text})["stores"]["catalog"]


def test_a_server_that_answers_is_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        found = in_pod.looked({"KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": port})
    assert found["api"] == ""
