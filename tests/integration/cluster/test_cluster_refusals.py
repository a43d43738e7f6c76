"""An API server that refuses, lacks Argo, or is away for a while."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import yaml

from tests.integration.test_command_line import runnable
from tests.support import clusters
from tests.support.namespaces import CHART, helm, kubectl_in, namespace, settled
from tests.support.proxy import proxied

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]


@pytest.fixture
def kubeconfig():
    """The kubeconfig in use, as a mapping; `write` makes a file of it."""
    return yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())


def write(kubeconfig, folder):
    path = folder / "kubeconfig"
    path.write_text(yaml.safe_dump(kubeconfig))
    return {"KUBECONFIG": str(path)}


def as_account(kubeconfig, name, account):
    """The kubeconfig of a service account."""
    token = kubectl_in(name, "create", "token", account).strip()
    return {**kubeconfig, "users": [{"name": kubeconfig["users"][0]["name"], "user": {"token": token}}]}


def test_who_may_not_is_told_which_right_lacks_and_the_chart_gives_it(kubeconfig, tmp_path):
    with namespace() as name:
        kubectl_in(name, "create", "serviceaccount", "jane")
        environment = write(as_account(kubeconfig, name, "jane"), tmp_path)
        refused = runnable("status", "x", "-n", name, **environment)
        assert refused.returncode == 7
        assert f"may not get workflows in the namespace '{name}'" in refused.stderr
        assert f"kubectl auth can-i get workflows.argoproj.io -n {name}" in refused.stderr
        subject = f'[{{"kind": "ServiceAccount", "name": "jane", "namespace": "{name}"}}]'
        helm("install", "pipelines", CHART, "-n", name, "--set-json", f"rbac.submitters={subject}")
        assert settled(lambda: "RN804" in runnable("status", "x", "-n", name, **environment).stderr)
        made = runnable("submit", "examples/01-tasks/stub.py", "-n", name, **environment)
        assert made.returncode == 0, made.stderr
        assert runnable("stop", made.stdout.strip(), "--no-wait", "-n", name, **environment).returncode == 0


def test_credentials_that_are_wrong_are_told(kubeconfig, tmp_path):
    kubeconfig["users"][0]["user"] = {"token": "wrong"}
    ended = runnable("status", "x", **write(kubeconfig, tmp_path))
    assert ended.returncode == 7
    assert "does not know you" in ended.stderr


def test_what_is_not_there_is_told(kubeconfig):
    assert "there is no Workflow 'nothing-like-it'" in runnable("status", "nothing-like-it").stderr
    nowhere = runnable("submit", "examples/01-tasks/stub.py", "-n", "nowhere-at-all")
    assert nowhere.returncode == 7
    assert "there is no namespace 'nowhere-at-all'" in nowhere.stderr


def test_an_object_that_the_server_refuses_is_told_with_its_reason(tmp_path):
    manifest = tmp_path / "x.yaml"
    runnable("compile", "examples/01-tasks/stub.py", "--kind", "Workflow", "-o", manifest)
    manifest.write_text(manifest.read_text().replace("entrypoint: main", "entrypoint: main\n  bogus: 1"))
    ended = runnable("submit", manifest, "-n", clusters.NAMESPACE)
    assert ended.returncode == 7
    assert 'unknown field "spec.bogus"' in ended.stderr


def test_a_quota_on_workflows_is_told():
    with namespace() as name:
        kubectl_in(name, "create", "quota", "none", "--hard=count/workflows.argoproj.io=0")
        ended = runnable("submit", "examples/01-tasks/stub.py", "-n", name)
        assert ended.returncode == 7
        assert "exceeded quota" in ended.stderr
        assert "give pipelines a `ttl`" in ended.stderr


@contextlib.contextmanager
def server_without_argo(folder):
    """A Kubernetes API server that has never heard of workflows; its kubeconfig."""
    ports = [_free_port() for _ in range(3)]
    (folder / "tokens.csv").write_text("token,admin,admin,system:masters\n")
    subprocess.run(["openssl", "genrsa", "-out", folder / "sa.key", "2048"], check=True, capture_output=True)
    started = [
        subprocess.Popen(
            [
                *("etcd", "--data-dir", folder / "etcd", "--unsafe-no-fsync"),
                *("--listen-client-urls", f"http://127.0.0.1:{ports[0]}"),
                *("--advertise-client-urls", f"http://127.0.0.1:{ports[0]}"),
                *("--listen-peer-urls", f"http://127.0.0.1:{ports[1]}"),
                *("--initial-advertise-peer-urls", f"http://127.0.0.1:{ports[1]}"),
                *("--initial-cluster", f"default=http://127.0.0.1:{ports[1]}"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ),
        subprocess.Popen(
            [
                *("kube-apiserver", "--etcd-servers", f"http://127.0.0.1:{ports[0]}", "--secure-port", str(ports[2])),
                *("--cert-dir", folder / "certs", "--token-auth-file", folder / "tokens.csv"),
                *("--service-account-issuer", "https://here", "--service-account-key-file", folder / "sa.key"),
                *("--service-account-signing-key-file", folder / "sa.key", "--authorization-mode", "RBAC"),
                *("--service-cluster-ip-range", "10.97.0.0/16"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ),
    ]
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "clusters": [
            {"name": "c", "cluster": {"server": f"https://127.0.0.1:{ports[2]}", "insecure-skip-tls-verify": True}}
        ],
        "users": [{"name": "u", "user": {"token": "token"}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
    }
    try:
        yield config
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(30)


@pytest.mark.skipif(
    shutil.which("kube-apiserver") is None or shutil.which("etcd") is None, reason="no API server to start"
)
def test_a_cluster_without_argo_is_told_what_lacks():
    with tempfile.TemporaryDirectory(prefix="api-") as folder, server_without_argo(Path(folder)) as config:
        environment = write(config, Path(folder))
        ready = ["kubectl", "get", "--raw", "/readyz"]
        assert settled(
            lambda: subprocess.run(ready, env={**os.environ, **environment}, capture_output=True).returncode == 0
        )
        for command in (("status", "x"), ("submit", "examples/01-tasks/stub.py"), ("submit", "x"), ("stop", "x")):
            ended = runnable(*command, **environment)
            assert ended.returncode == 7, command
            assert "error[RN803]: the cluster https://127.0.0.1" in ended.stderr
            assert "Argo Workflows is not installed on it" in ended.stderr


@pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples")
def test_an_api_server_that_goes_away_and_comes_back_ends_neither_the_watching_nor_the_logs(kubeconfig, tmp_path):
    clusters.need_controller()
    cluster = kubeconfig["clusters"][0]["cluster"]
    workflow = _slow_workflow(tmp_path)
    command = [sys.executable, "-m", "runnable.cli"]
    arguments = {"watch": ["status", "--watch", workflow], "logs": ["logs", "-f", workflow]}
    with proxied(cluster["server"]) as proxy, contextlib.ExitStack() as processes:
        cluster["server"] = proxy.url
        environment = {**os.environ, **write(kubeconfig, tmp_path)}
        running = {
            name: processes.enter_context(
                subprocess.Popen(
                    [*command, *more, "-n", clusters.NAMESPACE],
                    env=environment,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            for name, more in arguments.items()
        }
        assert running["logs"].stdout.readline() == "count | line 1\n"
        proxy.leave()
        time.sleep(5)
        proxy.return_()
        # `communicate` would leave out what `readline` has read ahead
        output = {name: (process.stdout.read(), process.stderr.read()) for name, process in running.items()}
    assert {name: process.returncode for name, process in running.items()} == {"watch": 0, "logs": 0}, output
    assert "does not answer" in output["watch"][1]
    assert "the API server answers again" in output["watch"][1]
    assert "workflow " + workflow + " succeeded" in output["watch"][1]
    assert output["logs"][0] == "".join(f"count | line {i}\n" for i in range(2, 21))
    clusters.kubectl("delete", "workflow", workflow, "--wait=false")


def _slow_workflow(folder):
    (folder / "pyproject.toml").touch()
    (folder / "slow.py").write_text(
        "from runnable import Pipeline, ShellTask\n"
        "command = 'for i in $(seq 20); do echo line $i; sleep 1; done'\n"
        "Pipeline(steps=[ShellTask(name='count', command=command)]).execute()\n"
    )
    (folder / "argo.yaml").write_text(
        f"pipeline-executor: {{type: argo, config: {{serviceAccount: {clusters.SERVICE_ACCOUNT}}}}}\n"
    )
    given = ("-c", "argo.yaml", "--image", clusters.IMAGE, "-n", clusters.NAMESPACE)
    ended = runnable("submit", "slow.py", *given, cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
