"""Jobs on a cluster: what they are compiled to is taken by the API server, and runs to the end that it has here."""

import json
import os
import re
import time
import uuid

import pytest
import yaml

from runnable.configuration import Configuration
from runnable.configuration.sections import Section
from runnable.driver.compile import compile_to
from tests.conformance.test_examples import FILES
from tests.integration.test_command_line import runnable
from tests.support import clusters, commands
from tests.support.namespaces import kubectl_in, namespace
from tests.support.paths import ROOT
from tests.support.s3 import empty, new_prefix

JOBS = [file for file in FILES if "/11-jobs/" in file]
BUCKET = Section("s3", {"bucket": "b/c", "endpoint_url": "http://s3:9000", "credentials_secret": "s3-credentials"})

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]


@pytest.fixture(autouse=True)
def _project(monkeypatch):
    monkeypatch.chdir(ROOT)


def compiled(job, catalog=None, run_log=None, **configuration):
    sections = {"job-executor": Section("k8s-job", configuration)} | ({"catalog": catalog} if catalog else {})
    sections |= {"run-log-store": run_log} if run_log else {}
    image = clusters.IMAGE or "runnable-examples:dev"
    built = clusters.built_example(job)
    name = f"test-{uuid.uuid4().hex[:8]}"
    (document,) = compile_to("k8s-job", built, Configuration("test.yaml", sections), image=image, name=name)
    return document.text


@pytest.mark.parametrize("schedule", [None, "0 6 * * 1-5", "@daily"])
@pytest.mark.parametrize("job", JOBS)
def test_the_api_server_takes_what_a_job_is_compiled_to(job, schedule):
    configuration = {"schedule": schedule, "timezone": "Europe/Zurich"} if schedule else {}
    text = compiled(
        job,
        BUCKET,
        secrets={"TOKEN": "login/token"},
        labels={"team": "data"},
        env={"A": "b"},
        activeDeadlineSeconds=60,
        imagePullSecrets=["registry"],
        serviceAccount="jobs",
        defaults={"nodeSelector": {"disk": "ssd"}, "tolerations": [{"key": "gpu", "operator": "Exists"}]},
        **configuration,
    )
    created = clusters.kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-", "-o", "json", text=text)
    assert json.loads(created)["kind"] == ("CronJob" if schedule else "Job")


class Ended:
    """A Job that has ended: its condition, and what its pods have printed."""

    def __init__(self, within, text):
        self.name = kubectl_in(within, "create", "-f", "-", "-o", "jsonpath={.metadata.name}", text=text)
        self.status = self._wait(within)
        self.conditions = {c["type"] for c in self.status.get("conditions", []) if c["status"] == "True"}
        pods = json.loads(kubectl_in(within, "get", "pods", "-l", f"job-name={self.name}", "-o", "json"))["items"]
        self.printed = [kubectl_in(within, "logs", pod["metadata"]["name"]) for pod in pods]

    def _wait(self, within):
        ended = time.monotonic() + clusters.SECONDS
        while time.monotonic() < ended:
            status = json.loads(kubectl_in(within, "get", "job", self.name, "-o", "json"))["status"]
            if any(c["type"] in ("Complete", "Failed") and c["status"] == "True" for c in status.get("conditions", [])):
                return status
            time.sleep(1)
        pytest.fail(f"the job {self.name} has not ended: {status}")


with_image = pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples")


@pytest.fixture(scope="module")
def restricted():
    """The name of a namespace that enforces the restricted Pod Security Standard."""
    with namespace("restricted") as name:
        yield name


@with_image
def test_a_job_runs_and_prints_what_it_returns(restricted):
    found = Ended(restricted, compiled("examples/11-jobs/python_job.py"))
    assert "Complete" in found.conditions
    assert json.loads(found.printed[0].splitlines()[-1]) == {"words": 4}


SCRIPT = """
import os
from runnable import ShellJob

ShellJob(
    command='''echo "the token is $TOKEN" && export length=${#TOKEN} run=$RUNNABLE_RUN_ID given="$PRICE $(echo sub) $n"
    test -z "$BROKEN" || exit 7''',
    returns=["length", "run", "given"],
    secrets=["TOKEN"],
    env={"PRICE": "$(HOME)"} | ({"BROKEN": "1"} if os.environ.get("TEST_BROKEN") else {}),
    retry=1,
).execute()
"""


@pytest.fixture
def script(tmp_path, restricted):
    (tmp_path / "job.py").write_text(SCRIPT)
    kubectl_in(restricted, "delete", "secret", "login", "--ignore-not-found")
    kubectl_in(restricted, "create", "secret", "generic", "login", "--from-literal=TOKEN=opensesame")
    return str(tmp_path / "job.py")


@with_image
def test_secrets_are_given_and_not_shown_and_texts_arrive_as_they_were_written(script, restricted, monkeypatch):
    monkeypatch.setenv("TEST_BROKEN", "")
    text = compiled(script, secret_from_k8s="login")
    assert "opensesame" not in text
    found = Ended(restricted, text)
    assert "Complete" in found.conditions, found.printed
    assert "the token is <secret:TOKEN>" in found.printed[0]
    returned = json.loads(found.printed[0].splitlines()[-1])
    assert (returned["run"], returned["length"]) == (found.name, len("opensesame"))
    assert returned["given"].strip() == "$(HOME) sub"


@with_image
def test_a_job_that_fails_is_tried_again_as_often_as_it_says(script, restricted, monkeypatch):
    monkeypatch.setenv("TEST_BROKEN", "1")
    found = Ended(restricted, compiled(script, secret_from_k8s="login"))
    assert "Failed" in found.conditions
    assert found.status["failed"] == 2
    assert [printed.splitlines()[-1] for printed in found.printed] == ["command exited with 7"] * 2


RECORDED = """
from runnable import ShellJob

ShellJob(
    command='echo "attempt $(date +%s)"; test -z "$LASTS" || sleep 300; test -z "$BROKEN" || exit 7; export x=1',
    returns=["x"],
    retry=1,
).execute()
"""


@pytest.fixture
def place(tmp_path):
    """A folder with a job, and a configuration with a bucket of its own for records."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL") or pytest.skip("AWS_ENDPOINT_URL names no S3 server")
    url = new_prefix()
    keys = {"bucket": url.removeprefix("s3://"), "endpoint_url": endpoint, "credentials_secret": "s3-credentials"}
    settings = {"image": clusters.IMAGE, "namespace": clusters.NAMESPACE, "labels": {"made-by": tmp_path.name}}
    sections = {"job-executor": {"type": "k8s-job", "config": settings}, "run-log-store": {"type": "chunked-s3"}}
    sections["run-log-store"]["config"] = keys
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "job.py").write_text(RECORDED)
    (tmp_path / "runnable-config.yaml").write_text(yaml.safe_dump(sections))
    yield tmp_path
    clusters.kubectl("delete", "job,cronjob", "-l", f"made-by={tmp_path.name}", "--wait=false")
    empty(url)


def set_up(place, **more):
    file = place / "runnable-config.yaml"
    sections = yaml.safe_load(file.read_text())
    sections["job-executor"]["config"] |= more
    file.write_text(yaml.safe_dump(sections))


def send(place):
    """The name of the Job that the script sends to the cluster."""
    told = told_of_sending(place)
    said = re.fullmatch(r"the Job (\S+) is in the namespace (\S+); `kubectl logs .*` follows it\n", told)
    assert said, told
    assert said[2] == clusters.NAMESPACE
    return said[1]


def told_of_sending(place):
    """What the script says."""
    ended = commands.script("job.py", cwd=place)
    assert ended.returncode == 0, ended.stderr
    return ended.stderr


def run_of(place, name, **variables):
    shown = runnable("show", name, "--format", "json", cwd=place, **variables)
    return json.loads(shown.stdout) if shown.returncode == 0 else {"status": "none", "steps": []}


def eventually(ask, wanted):
    for _ in range(200):
        found = ask()
        if wanted(found):
            return found
        time.sleep(1)
    pytest.fail(f"it did not come to that: {found}")


@with_image
def test_a_script_sends_its_job_and_the_pods_record_their_attempts_and_the_end(place):
    set_up(place, env={"BROKEN": "1"})
    name = send(place)
    nowhere = {"KUBECONFIG": str(place / "none"), "HOME": str(place)}
    run = eventually(lambda: run_of(place, name, **nowhere), lambda run: run["status"] not in ("none", "on kubernetes"))
    assert (run["status"], run["message"]) == ("failed", "'job' failed")
    (step,) = run["steps"]
    assert [(a["number"], a["status"]) for a in step["attempts"]] == [(1, "failed"), (2, "failed")]
    log = runnable("logs", name, "job", "--attempt", "2", cwd=place, **nowhere)
    assert log.stdout.startswith("attempt ")
    (listed,) = json.loads(runnable("runs", "--format", "json", cwd=place, **nowhere).stdout)
    assert (listed["run_id"], listed["status"]) == (name, "failed")
    goes_on = runnable("retry", name, "job.py", "-c", _here(place), cwd=place)
    assert goes_on.returncode == 0, goes_on.stderr
    assert [a["status"] for a in run_of(place, name)["steps"][0]["attempts"]] == ["failed", "failed", "succeeded"]


def _here(place):
    """A configuration for this machine with the same records."""
    sections = yaml.safe_load((place / "runnable-config.yaml").read_text())
    (place / "here.yaml").write_text(yaml.safe_dump({"run-log-store": sections["run-log-store"]}))
    return "here.yaml"


@with_image
def test_of_a_job_that_kubernetes_ends_the_cluster_tells(place):
    set_up(place, env={"LASTS": "1"}, activeDeadlineSeconds=60)
    name = send(place)
    run = eventually(lambda: run_of(place, name), lambda run: run["status"] not in ("none", "running", "on kubernetes"))
    assert (run["status"], "deadline" in run["message"]) == ("failed", True)
    assert run_of(place, name, KUBECONFIG=str(place / "none"), HOME=str(place))["status"] == "failed"


@with_image
def test_a_folder_is_a_kustomize_base_that_is_applied_and_applied_again(place):
    compiled = runnable("compile", "job.py", "--target", "k8s-job", "-o", "deploy", cwd=place)
    assert compiled.returncode == 0, compiled.stderr
    assert runnable("compile", "job.py", "--target", "k8s-job", "--check", "deploy", cwd=place).returncode == 0
    applied = [clusters.kubectl("apply", "-k", str(place / "deploy")) for _ in range(2)]
    assert [text.split()[-1] for text in applied] == ["created", "unchanged"]
    name = applied[0].split()[0].removeprefix("job.batch/")
    run = eventually(lambda: run_of(place, name), lambda run: run["status"] == "succeeded")
    assert run["steps"][0]["attempts"][0]["outputs"] == {"x": 1}


def test_with_a_schedule_a_script_makes_a_cron_job(place):
    set_up(place, schedule="0 6 * * 1-5", image="demo:1")
    for _ in range(2):
        said = f"the CronJob job is in the namespace {clusters.NAMESPACE}, with the schedule '0 6 * * 1-5'"
        assert said in told_of_sending(place)
