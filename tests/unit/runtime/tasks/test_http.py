"""HTTP tasks: what is sent, what is returned, what is a success; by a server of this process."""

import http.server
import json
import threading

import pytest

from runnable.ir.others import HttpRequest, request_text
from runnable_runtime.failures import BadInput, UserCodeFailed
from runnable_runtime.protocol import ReturnSpec, TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.storage import NOWHERE
from runnable_runtime.tasks.http import run
from runnable_runtime.tasks.http_condition import BadCondition, condition


class Server:
    """A web server that remembers what it was sent, and answers with `status` and `text`."""

    def __init__(self, host="127.0.0.1"):
        self.status, self.text, self.requests = 200, b'{"x": 1.50}', []
        remembered = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                remembered.requests.append((self.command, self.path, dict(self.headers), body))
                self.send_response(remembered.status)
                self.end_headers()
                self.wfile.write(remembered.text)

            do_GET = do_POST

            def log_message(self, *words):
                pass

        self._server = http.server.ThreadingHTTPServer((host, 0), Handler)
        self.url = f"http://{host}:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def send(url, *, parameters=None, environment=None, returns=("answer",), **request):
    pieces = url if isinstance(url, tuple) else (url,)
    spec = TaskSpec(
        "http",
        request_text(HttpRequest(request.pop("method", "GET"), pieces, **request)),
        returns=tuple(map(ReturnSpec, returns)),
    )
    return run(spec, parameters or {}, environment or {}, Objects(NOWHERE, None))


def test_values_are_put_in_and_the_response_is_read_as_what_it_is():
    with Server() as server:
        outputs, inputs = send(
            (server.url, "city", "/now"),
            method="POST",
            headers=(("X-N", ("", "n", "")),),
            secret_headers=(("Authorization", "TOKEN"),),
            body=("", "order", ""),
            parameters={"city": "Oslo", "n": 3, "order": {"a": [1, "b"]}, "unused": 1},
            environment={"TOKEN": "Bearer abc"},
        )
    assert (outputs, inputs) == ({"answer": {"x": 1.5}}, {"city": "Oslo", "n": 3, "order": {"a": [1, "b"]}})
    ((method, path, headers, body),) = server.requests
    assert (method, path, json.loads(body)) == ("POST", "/Oslo/now", {"a": [1, "b"]})
    assert (headers["X-N"], headers["Authorization"]) == ("3", "Bearer abc")


@pytest.mark.parametrize(("text", "value"), [(b"", ""), (b"1.10", "1.10"), (b"plain\n", "plain\n"), (b"[1]", [1])])
def test_a_response_that_is_no_json_is_a_text(text, value):
    with Server() as server:
        server.text = text
        assert send(server.url)[0] == {"answer": value}


def test_a_status_that_is_no_success_fails_with_what_the_server_said():
    with Server() as server:
        server.status, server.text = 404, b"no such city"
        with pytest.raises(UserCodeFailed, match="answered 404, which is no success: no such city"):
            send(server.url)
        assert send(server.url, success="response.statusCode in [200, 404]")[0] == {"answer": "no such city"}
        with pytest.raises(UserCodeFailed, match="no success by"):
            send(server.url, success="response.body contains 'yes'")


def test_no_server_is_a_failure_without_a_traceback():
    with Server() as server:
        pass
    with pytest.raises(UserCodeFailed, match="the server was not reached"):
        send(server.url)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("a b", "has a character that cannot be there: quote it first"),
        ("{{x}}", "has '{{', which Argo would replace"),
        ("a\x00", "has a control character"),
        ("x" * 40_000, "40,000 characters"),
    ],
)
def test_a_value_that_argo_could_not_send_is_refused_here_too(value, reason):
    with pytest.raises(BadInput, match=reason):
        send(("http://127.0.0.1:1/", "v", ""), parameters={"v": value})


def test_a_secret_that_is_not_there_or_is_no_header_is_named_and_not_shown():
    for environment, reason in (({}, "the secret TOKEN is not there"), ({"TOKEN": "abc\n"}, "TOKEN has a line end")):
        with pytest.raises(BadInput, match=reason) as failed:
            send("http://127.0.0.1:1/", secret_headers=(("A", "TOKEN"),), environment=environment)
        assert "abc" not in failed.value.message


CONDITIONS = {
    "": (True, False),
    "response.statusCode == 404": (False, True),
    "response.statusCode in [200, 404]": (True, True),
    "response.statusCode in 200..299": (True, False),
    "response.statusCode >= 200 && response.statusCode < 300": (True, False),
    "!(response.statusCode == 200)": (False, True),
    "not (response.body contains 'ok') or response.statusCode == 200": (True, True),
    'response.body startsWith "all" and response.body endsWith "ok"': (True, False),
    "(response.body == 'all ok') == true": (True, False),
    "response.body != 'gone' || false": (True, False),
}


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions(text):
    found = condition(text)
    assert (found(200, "all ok"), found(404, "gone")) == CONDITIONS[text]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("response.status == 200", "'response.status' is none of"),
        ("response.statusCode", "is a number, not true or false"),
        ("response.statusCode == '200'", "is a text, not a number"),
        ("response.body in 'abc'", "is a text, not a list"),
        ("response.body matches 'a'", "'matches' is not expected"),
        ("response.statusCode ==", "it ends where"),
        ("(response.statusCode == 200", "a ')' is missing"),
        ("response.body == 'a\\'", "is not understood"),
        ("len(response.body) > 1", "'len' is none of"),
    ],
)
def test_what_does_not_mean_the_same_on_argo_is_no_condition(text, reason):
    with pytest.raises(BadCondition) as bad:
        condition(text)
    assert reason in str(bad.value)
