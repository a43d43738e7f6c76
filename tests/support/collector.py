"""A collector of OpenTelemetry: an HTTP server that remembers the spans that it is sent, by OTLP in protobuf."""

import gzip
import http.server
import threading
import time
from typing import NamedTuple


class Seen(NamedTuple):
    """One span."""

    name: str
    trace: str
    own: str
    parent: str
    attributes: dict
    failed: bool
    message: str
    seconds: float
    service: str


class Collector:
    """Takes spans at `url`. With `silent`, it takes connections and answers nothing."""

    def __init__(self, host="127.0.0.1", *, silent=False):
        self.spans = []
        self.requests = 0
        self._stopping = threading.Event()
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                collector.requests += 1
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if silent:
                    collector._stopping.wait(60)
                    return
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                if self.path == "/v1/traces":
                    collector.spans += read(body)
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.end_headers()

            def log_message(self, *words):
                pass

        self._server = http.server.ThreadingHTTPServer((host, 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self, count, seconds=30):
        """The spans, once there are so many of them."""
        end = time.monotonic() + seconds
        while len(self.spans) < count and time.monotonic() < end:
            time.sleep(0.05)
        return self.spans


def read(body):
    """The spans of one request."""
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    found = []
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        about = {one.key: one.value.string_value for one in resource.resource.attributes}
        for scope in resource.scope_spans:
            found += [_seen(span, about.get("service.name", "")) for span in scope.spans]
    return found


def _seen(span, service):
    attributes = {one.key: one.value.string_value or one.value.int_value for one in span.attributes}
    return Seen(
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        attributes,
        span.status.code == 2,
        span.status.message,
        (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
        service,
    )
