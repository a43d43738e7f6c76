"""What runs at the end, on a real controller: after success, failure and a stop, without another outcome."""

import http.server
import json
import threading
import time

import pytest

from runnable import Map, Parameter, Pipeline, ShellTask, command, webhook
from runnable.cluster.view import view
from runnable.frontend.build import build
from runnable.frontend.giving import give
from runnable_runtime.values.parameters import decode_lines
from tests.support import api, clusters

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]
TELL = (
    'export told="$run_id|$status|$failures|$([ "${duration%%.*}" -ge 0 ] && echo seconds)|$table"; '
    "export status=; export failures="
)


def tell(**options):
    return ShellTask(name="tell", command=TELL, returns=["told"], **options)


def started(*steps, parameters=None, **options):
    declared = [Parameter(name="table", default="orders")]
    unit = build(Pipeline(name="p", steps=list(steps), parameters=declared, **options), __file__)
    assert not unit.diagnostics, [d.message for d in unit.diagnostics]
    unit = give(unit, values=parameters or {}, variables=False)
    return clusters.start(clusters.compiled(unit, secrets={}))


def told(ended):
    """What the step at the end was told, by the name of the run."""
    (pod,) = [pod for pod in ended.pods if spec(pod)["name"].endswith("tell")]
    (out,) = [p["value"] for p in pod["outputs"]["parameters"] if p["name"] == "out"]
    return decode_lines(out)["told"].split("|")


def spec(pod):
    return json.loads({p["name"]: p["value"] for p in pod["inputs"]["parameters"]}["spec"])


def paths(ended):
    return sorted(spec(pod)["name"] for pod in ended.pods)


def test_after_success_it_is_told_so_and_its_steps_pass_on_values():
    use = ShellTask(name="use", command='[ "${told#*succeeded}" != "$told" ]')
    handler = Pipeline(steps=[tell(), use])
    ended = clusters.wait(started(ShellTask(name="a", command="true"), on_exit=handler, parameters={"table": "bills"}))
    assert ended.phase == "Succeeded"
    assert paths(ended) == ["a", "on_exit.tell", "on_exit.use"]
    assert told(ended) == [ended.name, "succeeded", "[]", "seconds", "bills"]
    assert all(pod["phase"] == "Succeeded" for pod in ended.pods)


def test_after_a_failure_it_is_told_what_failed_and_its_own_failure_changes_nothing():
    message = 'it\'s "bad": {{x}} $(HOME) \\ \u00e9 \U0001f600'
    step = ShellTask(name="load it", command=f"cat >&2 <<'EOF'\n{message}\nEOF\nexit 3", retry=1)
    handler = Pipeline(steps=[tell(), ShellTask(name="last", command="exit 7")])
    ended = clusters.wait(started(step, on_exit=handler, notify=[command("exit 8", on="always", retry=0)]))
    assert ended.phase == "Failed"
    run_id, status, failures, seconds, table = told(ended)
    assert (run_id, status, seconds, table) == (ended.name, "failed", "seconds", "orders")
    ((one),) = json.loads(failures)
    assert one["step"] == "load-it"
    assert "command exited with 3" in one["message"]
    assert paths(ended) == ["load it", "load it", "notify.failed.command", "on_exit.last", "on_exit.tell"]


def test_a_handler_and_a_notification_that_fail_leave_a_run_that_has_succeeded():
    handler = Pipeline(steps=[ShellTask(name="last", command="exit 7")])
    ended = clusters.wait(
        started(
            ShellTask(name="a", command="true"),
            on_exit=handler,
            notify=[command("exit 8", on="success", retry=1), command("exit 9", name="other")],
        )
    )
    assert ended.phase == "Succeeded"
    assert paths(ended) == ["a", "notify.succeeded.command", "notify.succeeded.command", "on_exit.last"]


def test_items_that_failed_are_told_each_and_not_attempts_that_were_tried_again():
    once = ShellTask(name="once", command='[ "$RUNNABLE_STEP_ATTEMPT" = 2 ]', retry=1)
    each = ShellTask(name="each", command='[ "$x" = 2 ]').as_pipeline()
    steps = [once, Map(name="m", branch=each, iterate_on="xs", iterate_as="x")]
    ended = clusters.wait(started(*steps, on_exit=tell().as_pipeline(), parameters={"xs": [1, 2, 3]}))
    assert ended.phase == "Failed"
    failures = json.loads(told(ended)[2])
    assert len(failures) == 2, failures
    assert all(one["step"].startswith("each(") for one in failures)


@pytest.mark.parametrize(("how", "runs"), [("Stop", True), ("Terminate", False)])
def test_after_a_stop_it_runs_and_not_when_the_workflow_is_terminated(how, runs):
    name = started(ShellTask(name="a", command="sleep 600"), on_exit=tell().as_pipeline())
    path = f"{clusters.WORKFLOWS}/namespaces/{clusters.NAMESPACE}/workflows/{name}"
    while not any(n["type"] == "Pod" and n["phase"] == "Running" for n in clusters.status(name)["nodes"].values()):
        time.sleep(0.5)
    workflow = api.request("GET", path)
    workflow["spec"]["shutdown"] = how
    api.request("PUT", path, workflow)
    ended = clusters.wait(name)
    assert ended.phase == "Failed"
    assert ("on_exit.tell" in paths(ended)) is runs
    if runs:
        assert told(ended)[1] == "failed"


def test_the_status_has_the_steps_of_the_end():
    name = started(
        ShellTask(name="a", command="true"), on_exit=Pipeline(steps=[tell(), ShellTask(name="z", command="exit 2")])
    )
    shown = view(clusters.ended(name))
    clusters.wait(name)
    assert {path: str(step.phase) for path, step in shown.steps.items()} == {
        "a": "succeeded",
        "on_exit": "failed",
        "on_exit.tell": "succeeded",
        "on_exit.z": "failed",
    }


class Hooks(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def test_a_notification_reaches_a_web_server():
    host = clusters.address()
    with http.server.ThreadingHTTPServer((host, 0), Hooks) as server:
        server.received = []
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        url = f"http://{host}:{server.server_address[1]}/runs"
        notify = [webhook(url), webhook(url, on="success", name="other")]
        ended = clusters.wait(started(ShellTask(name="a", command="echo lost >&2; exit 4"), notify=notify))
        server.shutdown()
    assert ended.phase == "Failed"
    (body,) = server.received
    assert (body["pipeline"], body["run_id"], body["status"]) == ("p", ended.name, "failed")
    assert [one["step"] for one in body["failures"]] == ["a"]
    assert body["duration"] > 0
    assert paths(ended) == ["a", "notify.failed.webhook"]


def test_the_example_ends_as_it_does_here():
    built = clusters.built_example("examples/21-exit/at_the_end.py")
    ended = clusters.wait(clusters.start(clusters.compiled(built)))
    assert ended.phase == "Failed"
    assert paths(ended) == ["extract", "load", "notify.failed.command", "on_exit.account", "on_exit.clean up"]
    assert ended.outputs()["on_exit.account"] == {"line": "orders failed"}
