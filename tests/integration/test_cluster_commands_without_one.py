"""Commands about a cluster where there is none, or none that answers."""

import os
import socket
import subprocess
import sys

import pytest

from tests.integration.test_command_line import runnable

KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: here
clusters: [{name: c, cluster: {server: "https://127.0.0.1:PORT"}}]
users: [{name: u, user: {token: secret-token}}]
contexts: [{name: here, context: {cluster: c, user: u, namespace: n}}]
"""
COMMANDS = [
    ("status", "x"),
    ("stop", "x"),
    ("logs", "x", "--cluster"),
    ("submit", "x"),
    ("diff", "examples/01-tasks/stub.py", "--against", "cluster"),
]


@pytest.fixture
def silent_port():
    """A port that nothing listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_without_a_kubeconfig_it_is_said_what_to_set(command, tmp_path):
    ended = runnable(*command, KUBECONFIG=str(tmp_path / "none"), HOME=str(tmp_path))
    assert ended.returncode == 7
    assert ended.stderr.startswith("error[RN801]: there is no cluster to talk to: no kubeconfig is found")
    assert "set KUBECONFIG" in ended.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_a_server_that_does_not_answer_is_named_and_credentials_are_not(command, tmp_path, silent_port):
    (tmp_path / "config").write_text(KUBECONFIG.replace("PORT", str(silent_port)))
    ended = runnable(*command, KUBECONFIG=str(tmp_path / "config"))
    assert ended.returncode == 7
    assert f"error[RN801]: the API server https://127.0.0.1:{silent_port} does not answer: " in ended.stderr
    assert "refused" in ended.stderr
    assert "secret-token" not in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_context_that_is_not_there_is_named(tmp_path):
    (tmp_path / "config").write_text(KUBECONFIG)
    ended = runnable("status", "x", "--context", "nope", KUBECONFIG=str(tmp_path / "config"))
    assert ended.returncode == 7
    assert "nope" in ended.stderr


@pytest.mark.parametrize("text", ["", "{", "kind: Config"])
def test_a_kubeconfig_that_is_none_is_an_error_and_no_traceback(text, tmp_path):
    (tmp_path / "config").write_text(text)
    ended = runnable("status", "x", KUBECONFIG=str(tmp_path / "config"))
    assert ended.returncode == 7
    assert "RN801" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_logs_of_what_is_neither_recorded_nor_on_a_cluster_tells_of_the_record(tmp_path):
    ended = runnable("logs", "x", cwd=tmp_path, KUBECONFIG=str(tmp_path / "none"), HOME=str(tmp_path))
    assert ended.returncode == 8
    assert "RN406" in ended.stderr


def test_a_mistake_in_the_pipeline_comes_before_any_cluster(tmp_path):
    ended = runnable("submit", "nowhere.py", KUBECONFIG=str(tmp_path / "none"), HOME=str(tmp_path))
    assert ended.returncode == 3
    assert "RN001" in ended.stderr


def test_a_job_for_a_cluster_that_is_not_there_ends_its_script_and_says_what_to_set(tmp_path):
    (tmp_path / "c.yaml").write_text("job-executor: {type: k8s-job, config: {image: 'a:1'}}\n")
    (tmp_path / "job.py").write_text("from runnable import ShellJob\n\nShellJob(command='true').execute('c.yaml')\n")
    environment = {**os.environ, "KUBECONFIG": str(tmp_path / "none"), "HOME": str(tmp_path)}
    ended = subprocess.run([sys.executable, "job.py"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error[RN801]: there is no cluster to talk to: ")
    (tmp_path / "c.yaml").write_text("job-executor: {type: k8s-job, config: {image: 'a:1', config_path: mine.yaml}}\n")
    ended = subprocess.run([sys.executable, "job.py"], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error[RN801]: there is no cluster to talk to: ")
