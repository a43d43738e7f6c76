"""What runs at the end of a run on this machine: however it ends, in its record, and never the cause of another end."""

import http.server
import json
import os
import signal
import socketserver
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from runnable import ExecutionFailedError, Pipeline, PythonTask, ShellTask, command, email, secret, slack, webhook
from tests.support.commands import command as run_command

FILE = """
import os
from pathlib import Path
from runnable import Pipeline, PythonTask, ShellTask, command

def told(run_id: str, status: str, failures: list[dict[str, str]], duration: float):
    import json
    Path("told.jsonl").open("a").write(json.dumps([run_id, status, failures, type(duration).__name__]) + "\\n")

def main():
    pipeline = Pipeline(
        steps=[ShellTask(name="work", command=os.environ["WORK"]), ShellTask(name="more", command="true")],
        on_exit=Pipeline(steps=[PythonTask(name="tell", function=told), ShellTask(name="last", command="echo bye")]),
    )
    pipeline.execute()
    return pipeline

if __name__ == "__main__":
    main()
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pipeline.py").write_text(FILE)
    return tmp_path


def ran(project, work, *arguments, run_id="night"):
    arguments = arguments or ("run", "pipeline.py", "--run-id", run_id)
    return run_command(*arguments, cwd=project, environment={**os.environ, "WORK": work})


def told(project):
    return [json.loads(line) for line in (project / "told.jsonl").read_text().splitlines()]


def shown(project, run_id="night"):
    found = json.loads(run_command("show", run_id, "--format", "json", cwd=project).stdout)
    return found["status"], {step["path"]: step["status"] for step in found["steps"]}, found


def test_after_success_and_after_failure_the_steps_at_the_end_are_told_how_it_was(project):
    assert ran(project, "true", run_id="good").returncode == 0
    ended = ran(project, "exit 3", run_id="bad")
    assert ended.returncode == 1
    failures = [{"step": "work", "message": "command exited with 3"}]
    assert told(project) == [["good", "succeeded", [], "float"], ["bad", "failed", failures, "float"]]
    status, steps, _ = shown(project, "bad")
    assert status == "failed"
    assert list(steps) == ["work", "more", "on_exit", "on_exit.tell", "on_exit.last"]
    assert steps["on_exit.last"] == "succeeded"
    assert "bye" in run_command("logs", "bad", "on_exit.last", cwd=project).stdout


def test_after_ctrl_c_too_and_the_run_stays_interrupted(project):
    environment = {**os.environ, "WORK": "touch begun; sleep 60", "PYTHONUNBUFFERED": "1"}
    arguments = [sys.executable, "-m", "runnable.cli", "run", "pipeline.py", "--run-id", "night"]
    process = subprocess.Popen(arguments, cwd=project, env=environment, stderr=subprocess.PIPE, text=True)
    while not (project / "begun").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, printed = process.communicate(timeout=60)
    assert process.returncode == 130, printed
    assert told(project)[0][:2] == ["night", "interrupted"]
    status, steps, _ = shown(project)
    assert (status, steps["work"], steps["on_exit.last"]) == ("interrupted", "interrupted", "succeeded")


def test_a_resumed_run_ends_again_and_keeps_what_its_end_did_before(project):
    assert ran(project, "exit 3").returncode == 1
    assert ran(project, "true", "retry", "night").returncode == 0
    assert [line[1] for line in told(project)] == ["failed", "succeeded"]
    status, steps, found = shown(project)
    assert (status, set(steps.values())) == ("succeeded", {"succeeded"})
    attempts = {step["path"]: len(step.get("attempts", [])) for step in found["steps"]}
    assert attempts["on_exit.tell"] == 2


def test_a_part_of_a_pipeline_has_no_end(project):
    assert ran(project, "true", "run", "pipeline.py", "--only", "work").returncode == 0
    assert not (project / "told.jsonl").exists()


def executed(tmp_path, pipeline, configuration="", executor="local"):
    file = tmp_path / "configuration.yaml"
    concurrent = {"local": ", enable_parallel: true", "emulator": ", config: {enable_parallel: true}"}[executor]
    file.write_text(
        f"pipeline-executor: {{type: {executor}{concurrent}}}\n"
        f"run-log-store: {{type: chunked-fs, log_folder: {tmp_path}/log}}\n{configuration}"
    )
    return pipeline.execute(configuration_file=file)


def statuses(record):
    return {path: str(step.status) for path, step in record.steps.items()}


class Server:
    """A web server that keeps what is posted, and answers `codes` one after another, the last one for ever."""

    def __init__(self, *codes):
        self.requests = []
        answers = list(codes)
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.requests.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._server.server_close()


@pytest.mark.parametrize("executor", ["local", "emulator"])
def test_a_webhook_is_told_again_until_the_server_takes_it_and_nobody_sees_its_secrets(
    executor, tmp_path, monkeypatch, capfd
):
    with Server(500, 204) as server:
        monkeypatch.setenv("HOOK_URL", f"{server.url}/s3cr3t-path-71")
        monkeypatch.setenv("HOOK_TOKEN", "t0ken-of-the-hook")
        headers = {"Authorization": "Bearer " + secret("HOOK_TOKEN")}
        pipeline = Pipeline(
            name="orders",
            steps=[ShellTask(name="work", command="true")],
            notify=[webhook(secret("HOOK_URL"), on="success", headers=headers), slack("https://example.com")],
        )
        record = executed(tmp_path, pipeline, executor=executor)
    assert statuses(record)["notify.succeeded.webhook"] == "succeeded"
    assert len(record.steps["notify.succeeded.webhook"].attempts) == 2
    path, sent, body = server.requests[-1]
    assert (path, sent["Authorization"]) == ("/s3cr3t-path-71", "Bearer t0ken-of-the-hook")
    assert body == {
        "pipeline": "orders",
        "run_id": record.run_id,
        "status": "succeeded",
        "failures": [],
        "duration": pytest.approx(record.seconds, abs=0.01),
    }
    written = "".join(file.read_text() for file in (tmp_path / "log").rglob("*") if file.is_file())
    printed = capfd.readouterr()
    for text in (written, printed.out, printed.err):
        assert "s3cr3t-path-71" not in text
        assert "t0ken-of-the-hook" not in text


def test_a_notification_that_fails_is_a_warning_and_the_run_stays_as_it_was(tmp_path, capfd):
    with Server(404) as server:
        good = [webhook(server.url, on="always", retry=1), command("exit 7", on="always", retry=0)]
        record = executed(tmp_path, Pipeline(steps=[ShellTask(name="work", command="true")], notify=good))
        assert str(record.status) == "succeeded"
        assert "warning[RN929]" in capfd.readouterr().err
        found = statuses(record)
        assert found["notify.succeeded.webhook"] == found["notify.succeeded.command"] == found["notify"] == "failed"
        assert "404" in record.steps["notify.succeeded.webhook"].message
        assert len(server.requests) == 2
    with pytest.raises(ExecutionFailedError):
        executed(tmp_path, Pipeline(steps=[ShellTask(name="work", command="exit 1")], notify=[command("exit 7")]))


def test_slack_is_sent_a_text_with_what_failed(tmp_path):
    with Server(200) as server:
        pipeline = Pipeline(
            name="orders", steps=[ShellTask(name="load", command="exit 3")], notify=[slack(server.url, retry=0)]
        )
        with pytest.raises(ExecutionFailedError) as failed:
            executed(tmp_path, pipeline)
    ((_, _, body),) = server.requests
    assert body["text"].startswith(f"orders: the run {failed.value.run_id} has failed after 0.")
    assert body["text"].endswith("\n- load: command exited with 3")


class Mails(socketserver.StreamRequestHandler):
    """As much of an SMTP server as takes a mail."""

    received: list[str]

    def handle(self):
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline().decode().strip():
            self.server.received.append(line)
            if line.upper() == "DATA":
                self.wfile.write(b"354 go on\r\n")
                while (text := self.rfile.readline().decode().rstrip("\r\n")) != ".":
                    self.server.received.append(text)
            if line.upper() == "QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 fine\r\n")


def test_a_mail_is_sent(tmp_path):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mails) as server:
        server.daemon_threads = True
        server.received = []
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        host, port = server.server_address
        to = ["ann@example.com", "bob@example.com"]
        mail = email(to, sender="runs@example.com", host=host, port=port, encryption="none", on="always")
        record = executed(tmp_path, Pipeline(name="orders", steps=[ShellTask(name="a", command="true")], notify=[mail]))
        server.shutdown()
    assert statuses(record)["notify.succeeded.email"] == "succeeded"
    assert [line for line in server.received if line.startswith("rcpt")] == [f"rcpt TO:<{one}>" for one in to]
    assert any(line.startswith(f"Subject: orders: the run {record.run_id}") for line in server.received)


def test_a_secret_that_is_missing_is_known_before_anything_runs(tmp_path, monkeypatch):
    from runnable import ConfigurationError

    monkeypatch.delenv("HOOK_URL", raising=False)
    work = ShellTask(name="work", command=f"touch {tmp_path}/ran")
    with pytest.raises(ConfigurationError, match="HOOK_URL"):
        executed(tmp_path, Pipeline(steps=[work], notify=[webhook(secret("HOOK_URL"))]))
    assert not Path(tmp_path, "ran").exists()


def test_nobody_is_told_of_a_mocked_run(tmp_path):
    file = tmp_path / "configuration.yaml"
    file.write_text("pipeline-executor: {type: mocked}\nrun-log-store: {type: buffered}\n")
    work = ShellTask(name="work", command="true")
    record = Pipeline(steps=[work], notify=[command(f"touch {tmp_path}/told", on="always")]).execute(file)
    assert statuses(record)["notify.succeeded.command"] == "succeeded"
    assert not Path(tmp_path, "told").exists()


def returns_nothing() -> None:
    pass


def takes_total(total: int, duration: int) -> None:
    pass


def test_an_end_that_needs_what_is_not_there_is_refused_before():
    from runnable.frontend.build import build
    from runnable.passes import diagnose

    pipeline = Pipeline(
        steps=[PythonTask(name="work", function=returns_nothing, returns=[])],
        on_exit=Pipeline(steps=[PythonTask(name="total", function=takes_total)]),
    )
    found = diagnose(build(pipeline, __file__))
    assert [one.code for one in found] == ["RN301"]
