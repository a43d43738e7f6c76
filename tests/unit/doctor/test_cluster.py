"""What `doctor` finds on a cluster, here from the answers of an API server that has faults which none can be given.

The others are made on a real one: tests/integration/cluster/test_doctor.py.
"""

import base64
import copy
import json
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml

from runnable.cli import main
from runnable.cluster.api import Api
from runnable.configuration import Configuration, load_configuration
from runnable.doctor import examination, looking
from runnable.doctor.examination import of_cluster
from runnable.doctor.finding import Level

NS = "/api/v1/namespaces/n"
ARGO = "/apis/argoproj.io/v1alpha1"
CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/cronworkflows.argoproj.io"
DEPLOYMENTS = "/apis/apps/v1/deployments"
NAMES = ("workflows", "workflowtemplates", "workflowtaskresults", "workflowtasksets", "cronworkflows")


def deployment(image="quay.io/argoproj/workflow-controller:v4.1.2", ready=1, requeue="2s"):
    env = [{"name": "DEFAULT_REQUEUE_TIME", "value": requeue}] if requeue else []
    container = {"name": "workflow-controller", "image": image, "env": env}
    return {
        "metadata": {"name": "workflow-controller", "namespace": "argo"},
        "spec": {"template": {"spec": {"containers": [container]}}},
        "status": {"availableReplicas": ready},
    }


def crd(*fields):
    schema = {"properties": {"spec": {"properties": {name: {} for name in fields}}}}
    return {"spec": {"versions": [{"schema": {"openAPIV3Schema": schema}}]}}


def node(name="one", ready="True", pressure="False"):
    conditions = [{"type": "Ready", "status": ready}, {"type": "MemoryPressure", "status": pressure}]
    return {"metadata": {"name": name}, "spec": {}, "status": {"conditions": conditions}}


GOOD = {
    "/version": {"gitVersion": "v1.34.0"},
    ARGO: {"resources": [{"name": name} for name in NAMES]},
    CRD: crd("schedules", "timezone", "workflowSpec"),
    DEPLOYMENTS: {"items": [deployment()]},
    f"{ARGO}/namespaces/n/workflows": {"items": []},
    "/api/v1/namespaces/n": {"metadata": {"name": "n", "labels": {}}},
    f"{NS}/resourcequotas": {"items": []},
    f"{NS}/limitranges": {"items": []},
    "/api/v1/nodes": {"items": [node()]},
    f"{NS}/events": {"items": []},
    f"{NS}/serviceaccounts/workflow": {"metadata": {"name": "workflow"}},
    f"{NS}/secrets/s3": {"data": {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}},
    f"{NS}/secrets/workflow.service-account-token": {"data": {"token": ""}},
    f"{NS}/configmaps/artifact-repositories": {"data": {}},
}
CONFIGURATION = """
pipeline-executor: {type: argo, config: {image: "mine:1", serviceAccount: workflow, namespace: n}}
catalog: {type: s3, config: {bucket: b, credentials_secret: s3}}
"""


class Server:
    """An API server of canned answers. `status` has others than 200 by path, `denied` what reviews refuse."""

    def __init__(self):
        self.answers = copy.deepcopy(GOOD)
        self.status = {}
        self.denied = ()
        self.apart = timedelta()
        self.written = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *arguments):
                pass

            def date_time_string(self, timestamp=None):
                return format_datetime(datetime.now(UTC) + outer.apart, usegmt=True)

            def do_GET(self):
                path = self.path.partition("?")[0]
                code = outer.status.get(path, 200 if path in outer.answers else 404)
                self._send(code, outer.answers.get(path) if code == 200 else refused(code, path))

            def do_POST(self):
                spec = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                attributes = spec["spec"]["resourceAttributes"]
                outer.written.append(self.path.partition("?")[0])
                allowed = (spec["kind"], attributes["verb"], attributes["resource"]) not in outer.denied
                self._send(201, {"status": {"allowed": allowed}})

            def _send(self, code, answer):
                body = json.dumps(answer).encode()
                self.send_response(code)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        class Waiting(ThreadingHTTPServer):
            request_queue_size = (
                64  # of five at most, as is its own, those that look at the same time wait for a second
            )

        self._server = Waiting(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def refused(code, path):
    name = path.rpartition("/")[2]
    messages = {
        403: f'{name} is forbidden: User "jane" cannot get resource "{name}" in API group "" in the namespace "n"',
        404: f'{name} "{name}" not found',
    }
    return {"kind": "Status", "code": code, "message": messages.get(code, ""), "details": {"name": name}}


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """A machine that is busy with other tests is slow: here nothing has to answer in seconds."""
    monkeypatch.setattr(looking, "CONNECT_SECONDS", 30.0)
    monkeypatch.setattr(looking, "READ_SECONDS", 30.0)
    monkeypatch.setattr(examination, "of_cluster", partial(of_cluster, seconds=30.0))


@pytest.fixture
def server():
    found = Server()
    yield found
    found.close()


@pytest.fixture
def found(server, tmp_path):
    """Examines the cluster, and gives its findings by what they are about."""

    def examine(*, token="t", needed=True, configuration=CONFIGURATION):
        (tmp_path / "config.yaml").write_text(configuration)
        api = Api.connect(file=write(tmp_path, server.url, token))
        settings = load_configuration(str(tmp_path / "config.yaml"), tmp_path)
        examined = of_cluster(settings, api, "n", needed=needed, seconds=30.0)
        return {one.check: one for one in examined.findings if one.level is not Level.OK} or examined

    return examine


def write(folder, url, token):
    file = folder / "kubeconfig"
    context = {"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "n"}}
    users = [{"name": "u", "user": {"token": token}}]
    clusters = [{"name": "c", "cluster": {"server": url}}]
    kind = {"apiVersion": "v1", "kind": "Config", "current-context": "c"}
    file.write_text(yaml.safe_dump({**kind, "clusters": clusters, "users": users, "contexts": [context]}))
    return str(file)


def test_of_a_good_cluster_everything_is_well_and_nothing_but_reviews_is_written(found, server):
    examined = found()
    assert examined.problems == ()
    assert len(examined.findings) >= 14
    assert set(server.written) == {
        "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    }


def fault(**changes):
    """Changes a server: an answer by its path, or None for what is not there."""

    def make(server):
        for path, answer in changes.items():
            if answer is None:
                server.answers.pop(path)
            else:
                server.answers[path] = answer

    return make


def without(name):
    return {ARGO: {"resources": [{"name": one} for one in NAMES if one != name]}}


def used_up(used):
    return {"items": [{"metadata": {"name": "q"}, "status": {"hard": {"pods": "10"}, "used": {"pods": used}}}]}


def limited(**rule):
    return {"items": [{"metadata": {"name": "l"}, "spec": {"limits": [{"type": "Container", **rule}]}}]}


def waiting():
    created = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    return {"items": [{"metadata": {"name": "w1", "creationTimestamp": created}}]}


def unscheduled():
    event = {"involvedObject": {"name": "pod-1"}, "message": "0/1 nodes are available: 1 Insufficient memory."}
    return {"items": [{**event, "lastTimestamp": datetime.now(UTC).isoformat(), "metadata": {}}]}


FAULTS = {
    "no Argo": (fault(**{ARGO: None}), "Argo's CRDs", "problem", "not installed"),
    "a definition is missing": (
        fault(**without("workflowtaskresults")),
        "Argo's CRDs",
        "problem",
        "workflowtaskresults",
    ),
    "old definitions": (
        fault(**{CRD: crd("schedule", "timezone", "workflowSpec")}),
        "Argo's CRDs",
        "problem",
        "before 3.6",
    ),
    "controller not ready": (
        fault(**{DEPLOYMENTS: {"items": [deployment(ready=0)]}}),
        "controller",
        "problem",
        "no replica that is ready",
    ),
    "old controller": (
        fault(**{DEPLOYMENTS: {"items": [deployment("argo/workflow-controller:v3.7.10")]}}),
        "controller",
        "problem",
        "3.7.10",
    ),
    "no controller": (fault(**{DEPLOYMENTS: {"items": []}}), "controller", "note", "no deployment"),
    "requeue time of 10 s": (
        fault(**{DEPLOYMENTS: {"items": [deployment(requeue="10s")]}}),
        "requeue time",
        "warning",
        "10 s",
    ),
    "requeue time of the default": (
        fault(**{DEPLOYMENTS: {"items": [deployment(requeue="")]}}),
        "requeue time",
        "warning",
        "10 s",
    ),
    "nothing takes workflows up": (
        fault(**{f"{ARGO}/namespaces/n/workflows": waiting()}),
        "controller",
        "problem",
        "w1",
    ),
    "no namespace": (fault(**{"/api/v1/namespaces/n": None}), "namespace", "problem", "there is no 'n'"),
    "quota used up": (fault(**{f"{NS}/resourcequotas": used_up("10")}), "quota", "problem", "10 of 10"),
    "quota nearly used up": (fault(**{f"{NS}/resourcequotas": used_up("9")}), "quota", "warning", "9 of 10"),
    "limits too low": (
        fault(**{f"{NS}/limitranges": limited(max={"memory": "1Gi"})}),
        "limit range",
        "problem",
        "maximum of 1Gi",
    ),
    "limits too high": (
        fault(**{f"{NS}/limitranges": limited(min={"cpu": "500m"})}),
        "limit range",
        "problem",
        "minimum of 500m",
    ),
    "no service account": (
        fault(**{f"{NS}/serviceaccounts/workflow": None}),
        "service account",
        "problem",
        "there is no 'workflow'",
    ),
    "no secret": (fault(**{f"{NS}/secrets/s3": None}), "secrets", "problem", "no Secret 's3'"),
    "a key is missing": (
        fault(**{f"{NS}/secrets/s3": {"data": {"AWS_ACCESS_KEY_ID": ""}}}),
        "secrets",
        "problem",
        "AWS_SECRET_ACCESS_KEY",
    ),
    "the agent has no token": (
        fault(**{f"{NS}/secrets/workflow.service-account-token": None}),
        "requests",
        "warning",
        "has no token in a Secret 'workflow.service-account-token'",
    ),
    "no artifact repository": (
        fault(**{f"{NS}/configmaps/artifact-repositories": None}),
        "artifact repository",
        "warning",
        "there is none",
    ),
    "no node": (fault(**{"/api/v1/nodes": {"items": [node(ready="False")]}}), "nodes", "problem", "none takes pods"),
    "a node is full": (
        fault(**{"/api/v1/nodes": {"items": [node(), node("two", pressure="True")]}}),
        "nodes",
        "warning",
        "two (MemoryPressure)",
    ),
    "pods find no node": (fault(**{f"{NS}/events": unscheduled()}), "nodes", "warning", "Insufficient memory"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_the_only_thing_that_is_told_with_what_to_do(name, found, server):
    make, check, level, told = FAULTS[name]
    make(server)
    findings = found()
    assert list(findings) == [check]
    assert (findings[check].level, told in findings[check].text) == (level, True), findings[check]
    assert findings[check].advice


@pytest.mark.parametrize(("seconds", "level"), [(-120, "warning"), (120, "warning"), (900, "problem")])
def test_a_clock_that_is_off_is_told(seconds, level, found, server):
    server.apart = timedelta(seconds=seconds)
    findings = found()
    assert [(one.check, one.level) for one in findings.values()] == [("clock", level)]


@pytest.mark.parametrize(
    ("denied", "check", "told"),
    [
        (("SubjectAccessReview", "patch", "workflowtaskresults"), "task results", "may not patch workflowtaskresults"),
        (("SelfSubjectAccessReview", "create", "workflows"), "your rights", "may not submit workflows"),
    ],
)
def test_a_right_that_is_missing_is_a_problem(denied, check, told, found, server):
    server.denied = (denied,)
    findings = found()
    assert list(findings) == [check]
    assert (findings[check].level, told in findings[check].text) == ("problem", True)


def test_what_the_agent_lacks_is_a_warning_where_it_has_a_part_and_noted_where_it_has_nothing(found, server):
    rights = [("SubjectAccessReview", verb, "workflowtasksets") for verb in ("list", "watch", "patch")]
    server.denied = tuple(rights[2:])
    (one,) = found().values()
    assert (one.check, one.level, "may not patch workflowtasksets/status" in one.text) == ("requests", "warning", True)
    server.denied = tuple(rights)
    server.answers.pop(f"{NS}/secrets/workflow.service-account-token")
    (one,) = found().values()
    assert (one.check, one.level, "no HttpTask can send one here" in one.text) == ("requests", "note", True)
    assert "httpTasks.enabled" in one.advice


def token(expires):
    claims = base64.urlsafe_b64encode(json.dumps({"exp": expires.timestamp()}).encode()).decode().rstrip("=")
    return f"e30.{claims}.signature"


def test_an_expired_token_is_told_with_its_time_and_is_not_shown(found, server):
    server.status["/version"] = 401
    expired = token(datetime(2020, 1, 31, 12, 30, tzinfo=UTC))
    findings = found(token=expired)
    assert list(findings) == ["API server"]
    assert "the token has expired, at 2020-01-31 12:30 UTC" in findings["API server"].text
    assert expired not in str(findings)


def test_credentials_that_are_wrong_are_told(found, server):
    server.status["/version"] = 401
    assert "does not know you" in found()["API server"].text


def test_a_server_that_is_not_there_is_a_problem_only_where_a_cluster_is_needed(found, server):
    server.close()
    assert found()["API server"].level is Level.PROBLEM
    assert found(needed=False)["API server"].level is Level.NOTE


def test_what_one_may_not_see_is_noted_and_no_problem(found, server):
    hidden = [path for path in GOOD if path not in ("/version", ARGO)]
    server.status = dict.fromkeys([*hidden, "/apis/apps/v1/namespaces/argo/deployments"], 403)
    findings = found()
    assert {one.level for one in findings.values()} == {Level.NOTE}
    assert {"namespace", "nodes", "quota", "secrets", "service account", "controller"} <= set(findings)


def test_the_command_ends_with_7_for_a_problem_there(server, tmp_path, monkeypatch, capsys):
    from runnable.doctor import laptop

    monkeypatch.setattr(laptop, "extras", lambda configuration: iter(()))
    file = write(tmp_path, server.url, "t")
    monkeypatch.setenv("KUBECONFIG", file)  # which the library reads when it is imported
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", file)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIGURATION.partition("catalog")[0])
    assert main(["doctor", "-n", "n", "-c", "config.yaml", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["problems"] == 0
    server.answers.pop("/api/v1/namespaces/n")
    assert main(["doctor", "-n", "n", "-c", "config.yaml"]) == 7
    assert "problem  namespace: there is no 'n'" in capsys.readouterr().out


def test_without_a_configuration_of_argo_the_default_account_is_looked_at(server, tmp_path):
    server.answers[f"{NS}/serviceaccounts/default"] = {"metadata": {"name": "default"}}
    server.denied = (("SubjectAccessReview", "create", "workflowtaskresults"),)
    api = Api.connect(file=write(tmp_path, server.url, "t"))
    examined = of_cluster(Configuration(root=tmp_path), api, "n", needed=True, seconds=30.0)
    assert {one.check: one.level for one in examined.findings if one.level is not Level.OK} == {
        "task results": "warning"
    }


KEPT = f"{NS}/configmaps/runnable-cache"
ASKING = CONFIGURATION.replace("namespace: n}", "namespace: n, cache: {}, artifacts: {logs: true}}")
LABELS = {"workflows.argoproj.io/configmap-type": "Cache"}


def kept(size=10, labels=LABELS):
    return {"metadata": {"name": "runnable-cache", "labels": labels}, "data": {"step-1": "x" * size}}


def removing(period):
    found = deployment()
    found["spec"]["template"]["spec"]["containers"][0]["env"].append({"name": "CACHE_GC_PERIOD", "value": period})
    return {DEPLOYMENTS: {"items": [found]}}


def denying(server):
    server.denied = (("SubjectAccessReview", "update", "configmaps"),)


CACHES = {
    "there is none yet": (fault(**{KEPT: None}), "note", "the controller makes it if it may"),
    "no label": (fault(**{KEPT: kept(labels={})}), "problem", "cached steps fail"),
    "nearly full": (fault(**{KEPT: kept(900_000)}), "warning", "85 % of what fits"),
    "no right to write": (denying, "problem", "argo/default) may not update"),
    "entries are removed": (fault(**removing("10m")), "warning", "nobody has asked for in 30s"),
}


@pytest.mark.parametrize("name", CACHES)
def test_a_fault_of_the_step_cache_is_told_where_the_configuration_has_one(name, found, server):
    make, level, told = CACHES[name]
    server.answers[KEPT] = kept()
    make(server)
    findings = found(configuration=ASKING)
    assert list(findings) == ["step cache"]
    assert (findings["step cache"].level, told in findings["step cache"].text) == (level, True), findings
    assert findings["step cache"].advice


def test_a_good_step_cache_is_well_and_nobody_asks_for_one_that_is_not_configured(found, server):
    server.answers[KEPT] = kept()
    examined = found(configuration=ASKING)
    assert any(one.check == "step cache" and "1 entries" in one.text for one in examined.findings)
    assert not any(one.check == "step cache" for one in found().findings)


def test_without_a_repository_artifacts_are_a_problem(found, server):
    server.answers |= {KEPT: kept()}
    server.answers.pop(f"{NS}/configmaps/artifact-repositories")
    (one,) = found(configuration=ASKING).values()
    assert (one.check, one.level) == ("artifact repository", "problem")
