"""A registry of images for tests, on this machine: enough of the distribution specification to push and to pull.

Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md
"""

import hashlib
import re
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit


class Registry(ThreadingHTTPServer):
    """Blobs and manifests by digest, manifests by name too; all in memory."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.blobs = {}
        self.uploads = {}
        self.manifests = {}

    @property
    def address(self):
        return f"127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        body = self._body()
        if path == "/v2/":
            return self._answer(200)
        name, kind, rest = re.fullmatch(r"/v2/(.+)/(blobs|manifests)/(.*)", path).groups()
        if kind == "manifests":
            return self._manifest(name, rest, body)
        if rest.startswith("uploads"):
            return self._upload(name, rest.removeprefix("uploads/"), body, query)
        return self._send_content(self.server.blobs.get(rest), rest, "application/octet-stream")

    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = handle_any

    def _body(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            chunks = []
            while size := int(self.rfile.readline(), 16):
                chunks.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(chunks)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _upload(self, name, session, body, query):
        session = session or uuid.uuid4().hex
        data = self.server.uploads[session] = self.server.uploads.get(session, b"") + body
        location = {"Location": f"/v2/{name}/blobs/uploads/{session}", "Docker-Upload-UUID": session}
        if self.command == "PUT":
            digest = query["digest"][0]
            assert digest == f"sha256:{hashlib.sha256(data).hexdigest()}"
            self.server.blobs[digest] = self.server.uploads.pop(session)
            return self._answer(201, {"Docker-Content-Digest": digest})
        return self._answer(202, {**location, "Range": f"0-{max(0, len(data) - 1)}"})

    def _manifest(self, name, reference, body):
        if self.command == "PUT":
            digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
            for key in (reference, digest):
                self.server.manifests[name, key] = body, self.headers["Content-Type"]
            return self._answer(201, {"Docker-Content-Digest": digest})
        body, content_type = self.server.manifests.get((name, reference), (None, ""))
        return self._send_content(body, body and f"sha256:{hashlib.sha256(body).hexdigest()}", content_type)

    def _send_content(self, body, digest, content_type):
        if body is None:
            return self._answer(404)
        return self._answer(200, {"Docker-Content-Digest": digest, "Content-Type": content_type}, body)

    def _answer(self, status, headers=(), body=b""):
        self.send_response(status)
        for key, value in {"Docker-Distribution-API-Version": "registry/2.0", **dict(headers)}.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def registry():
    with Registry() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
