"""`runnable ui`: what it answers, and what it refuses, over HTTP; records that change are seen."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from runnable.cli import main
from runnable.diagnostics.errors import ExitCode
from runnable.runs.stores.file_system import FileSystemStore
from runnable.ui.pages import Pages
from runnable.ui.server import Server
from runnable_runtime.protocol import Json
from runnable_runtime.records.lines import encode
from runnable_runtime.records.records import RunRecord, Status, StepRecord
from tests.support.synthetic import HOSTILE, at, hostile, run, step, wide


class Site:
    """A server of records in a folder, and what it answers."""

    def __init__(self, folder: Path) -> None:
        self.store = FileSystemStore(folder)
        self.server = Server(Pages(self.store, root=folder))

    def write(self, record: RunRecord) -> None:
        writer = self.store.create(replace(record, status=Status.RUNNING, ended=None))
        writer.write_run(record)
        writer.close()

    def ask(
        self, inner: str, *, method: str = "GET", host: str = "", whole: str = ""
    ) -> tuple[int, str, dict[str, str]]:
        port = self.server.server_port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"Host": host or f"127.0.0.1:{port}"}
        connection.request(method, whole or f"/{self.server.token}/{inner}", headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text, dict(answer.getheaders())

    def json(self, inner: str) -> Json:
        status, text, headers = self.ask(inner)
        assert (status, headers["Content-Type"]) == (200, "application/json; charset=utf-8"), text
        return json.loads(text)

    def rows(self) -> list[list[Json]]:
        for _ in range(200):
            found = self.json("runs?since=0")
            if not found["loading"]:
                rows: list[list[Json]] = found["rows"]
                return rows
            time.sleep(0.02)
        raise AssertionError("it is still reading")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    one = Site(tmp_path)
    thread = threading.Thread(target=one.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield one
    one.server.shutdown()
    one.server.server_close()
    thread.join()


def test_the_runs_are_rows_the_newest_first(site: Site) -> None:
    site.write(run(step("a", (0,), 0, 1), run_id="old"))
    site.write(
        replace(run(step("a", (0,), 0, 1), run_id="new", tag="t"), started=at(50), ended=at(53), message="no\nx")
    )
    (site.store.log_folder / "bad").mkdir()
    (site.store.log_folder / "bad" / "run.jsonl").write_text("rubbish\n")
    rows = site.rows()
    assert rows[0] == ["new", "succeeded", "orders", at(50), at(53), 3.0, "t", "no"]
    assert [row[:2] for row in rows[1:]] == [["old", "succeeded"], ["bad", "unreadable"]]
    status, text, headers = site.ask("")
    assert (status, "<title>Runs</title>" in text) == (200, True)
    assert "script-src 'sha256-" in headers["Content-Security-Policy"]
    assert site.ask(f"runs?since={site.json('runs?since=0')['version']}")[0] == 204


def test_a_run_that_begins_or_ends_later_is_seen(site: Site) -> None:
    assert site.rows() == []
    record = run(step("a", (0,), 0, 1), run_id="later")
    writer = site.store.create(replace(record, status=Status.RUNNING, ended=None))
    waited(lambda: [row[1] for row in site.rows()] == ["running"])
    writer.write_run(record)
    writer.close()
    waited(lambda: [row[1] for row in site.rows()] == ["succeeded"])


def test_a_run_whose_process_was_killed_is_not_shown_as_running(site: Site) -> None:
    record = run(step("a", (0,), 0, None, status=Status.RUNNING), run_id="gone", status=Status.RUNNING, ended=None)
    site.store.create(record).close()
    assert site.rows()[0][1] == "killed"
    assert "its process was killed" in site.ask("run/gone/")[1]


def waited(true: object, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_page_has_the_report_and_asks_for_the_rest(site: Site) -> None:
    site.write(wide(20, {7: "ValueError: no price"}))
    status, text, headers = site.ask("run/calm-fjord/")
    assert status == 200
    assert "ValueError: no price" in text
    assert "runnable replay calm-fjord each.7.fit" in text
    assert "panels0" not in text
    assert "connect-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    columns = site.json("run/calm-fjord/columns?since=0")
    assert (columns["version"], columns["ended"], len(columns["columns"]["name"])) == (1, True, 82)
    assert site.ask("run/calm-fjord/columns?since=1")[0] == 204
    shown = site.json("run/calm-fjord/step?path=each.7.fit")
    assert shown["attempts"][0]["message"] == "ValueError: no price"
    assert len(site.ask("run/calm-fjord/?parts=1")[1]) < len(text)


def test_two_runs_are_compared(site: Site) -> None:
    site.write(wide(2))
    site.write(replace(wide(2, {1: "E"}), run_id="other"))
    assert "Ended otherwise" in site.ask("run/other/?with=calm-fjord")[1]
    assert site.json("run/other/columns?since=0&with=calm-fjord")["columns"]["other"]["run"] == "calm-fjord"
    assert site.ask("run/other/?with=nothing")[0] == 404


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"inner": "", "host": "evil.test"}, 421),
        ({"inner": "", "host": "127.0.0.1:1"}, 421),
        ({"inner": "", "whole": "/"}, 403),
        ({"inner": "", "whole": "/wrong/run/calm-fjord/"}, 403),
        ({"inner": "", "method": "POST"}, 405),
        ({"inner": "", "method": "HEAD"}, 405),
        ({"inner": "", "method": "DELETE"}, 405),
        ({"inner": "", "method": "OPTIONS"}, 405),
        ({"inner": "run/none/"}, 404),
        ({"inner": "run/calm-fjord"}, 404),
        ({"inner": "run/calm-fjord/secrets"}, 404),
        ({"inner": "../../etc/passwd"}, 404),
        ({"inner": "run/..%2f..%2fetc/"}, 404),
        ({"inner": "run/%2e%2e/"}, 404),
        ({"inner": "run/%00/"}, 404),
        ({"inner": "run/%ff/"}, 404),
        ({"inner": "run/calm-fjord/step?path=../run.jsonl"}, 404),
        ({"inner": "run/calm-fjord/?with=../../etc"}, 404),
        ({"inner": "run/calm-fjord/?with=../outside/calm-fjord"}, 404),
    ],
)
def test_what_nobody_is_to_have_is_refused(asked: dict[str, str], status: int, site: Site) -> None:
    site.write(wide(1))
    outside = replace(wide(1), run_id="../outside/calm-fjord")
    (site.store.log_folder.parent / "outside" / "calm-fjord").mkdir(parents=True, exist_ok=True)
    file = site.store.log_folder.parent / "outside" / "calm-fjord" / "run.jsonl"
    file.write_bytes(encode(outside.to_json()))
    found, text, headers = site.ask(**asked)
    assert found == status
    assert "Traceback" not in text
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "root:" not in text


def test_it_listens_on_this_machine_only_and_survives_what_is_no_request(site: Site) -> None:
    assert site.server.server_address[0] == "127.0.0.1"
    for nonsense in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"A" * 70_000, b""):
        with socket.create_connection(("127.0.0.1", site.server.server_port)) as connection:
            connection.settimeout(5)
            connection.sendall(nonsense + b"\r\n\r\n")
            connection.recv(10)
    assert site.ask("")[0] == 200


def test_a_hostile_record_is_text_everywhere(site: Site) -> None:
    record = replace(hostile(), run_id="r")
    site.write(record)
    for inner in ("run/r/", "run/r/?parts=1", "run/r/?with=r"):
        text = site.ask(inner)[1]
        assert "<img src=x" not in text
        assert "<script>window" not in text
    assert site.json(f"run/r/step?path={quote(HOSTILE[0])}")["attempts"]
    assert site.rows()[0][0] == "r"


def test_a_change_of_a_run_of_10000_steps_is_seen_soon(site: Site) -> None:
    record = wide(2500)
    steps = dict(record.steps)
    steps["each.9.fit"] = StepRecord(path="each.9.fit", kind=steps["each.9.fit"].kind, place=steps["each.9.fit"].place)
    writer = site.store.create(replace(record, steps=steps, status=Status.RUNNING, ended=None))
    known = site.json("run/calm-fjord/columns?since=0")
    number = known["columns"]["name"].index("fit", known["columns"]["name"].index("9"))
    assert known["columns"]["status"][number] == 5
    began = time.monotonic()
    writer.write_step(record.steps["each.9.fit"])
    found = known
    while found["version"] == known["version"]:
        status, text, _ = site.ask(f"run/calm-fjord/columns?since={known['version']}")
        found = json.loads(text) if status == 200 else found
        time.sleep(0.1)
    took = time.monotonic() - began
    assert found["columns"]["status"][number] == 0
    assert took < 5, took  # 0.3 s on a machine with nothing else to do
    writer.close()


def test_the_command_prints_the_address_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    site = Site(tmp_path / ".run_log_store")
    site.server.server_close()
    site.write(wide(1))
    command = [sys.executable, "-m", "runnable", "ui", "calm", "--no-open"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stdout is not None
    address = urlsplit(process.stdout.readline().strip())
    assert address.hostname == "127.0.0.1"
    assert address.path.endswith("/run/calm-fjord/")
    connection = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=30)
    connection.request("GET", address.path)
    assert connection.getresponse().status == 200
    connection.close()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == ExitCode.OK
    assert "Traceback" not in said


def test_a_port_that_is_taken_or_is_none_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["ui", "--no-open", "--port", str(taken.getsockname()[1])]) == ExitCode.OUTPUT
    assert "cannot listen on 127.0.0.1" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["ui", "--port", "70000"])
    assert ended.value.code == ExitCode.USAGE
