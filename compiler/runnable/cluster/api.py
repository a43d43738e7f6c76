"""Requests to the API server: the only module that imports the kubernetes library.

That library finds the configuration, the credentials and how they are renewed, and TLS. Objects are read and written as
JSON, so that nothing of Argo's objects is lost on the way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from typing import Any
from urllib.parse import quote, urlencode

from runnable.cluster.refusals import refusal
from runnable.diagnostics.codes.cluster import ClusterUnreachable
from runnable.diagnostics.errors import ClusterError
from runnable_runtime.deferred import dataclass

CONNECT_SECONDS, READ_SECONDS = 10, 60
MERGE = "application/merge-patch+json"
APPLY = "application/apply-patch+yaml"
_MANAGER = "runnable"


class ClusterAway(ClusterError):
    """The API server does not answer, or says that it cannot now: the same request may be answered later."""


@dataclass(frozen=True, slots=True)
class Api:
    """An API server, as whom the configuration says. `namespace` is the one that it names."""

    host: str
    namespace: str
    _configuration: Any = field(repr=False)
    _pool: Any = field(repr=False)
    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float = READ_SECONDS

    @classmethod
    def connect(cls, context: str | None = None, file: str | None = None) -> Api:
        """The server that KUBECONFIG, ``~/.kube/config`` or the pod's own account names; no request is made yet.

        `context` is one of the configuration's, `file` another configuration. Raises ClusterError (RN801) where there
        is no usable one.
        """
        from kubernetes import client

        found = client.Configuration()
        try:
            namespace = _configure(found, context, file)
        except Exception as error:  # a file of another form makes the library fail in any way
            reason = " ".join(str(error).split())[:300] or type(error).__name__
            raise ClusterError([ClusterUnreachable(server="", reason=reason)]) from None
        pool = client.ApiClient(found).rest_client.pool_manager
        return cls(found.host, namespace or "default", found, pool)

    def get(self, *path: str, **query: str) -> dict[str, Any]:
        """The object, or the list, at `path`. Raises ClusterError."""
        return self._json("GET", path, query)

    def answer(self, *path: str) -> tuple[dict[str, Any], str]:
        """The object at `path`, and the time that the server says it is (HTTP's header Date), empty if it does not."""
        response = self._send("GET", path, {}, None, "")
        found: dict[str, Any] = json.loads(response.data)
        return found, str(response.headers.get("Date", ""))

    def text(self, *path: str) -> str:
        """What is at `path`, of something that is no object, such as a log. Raises ClusterError."""
        found: str = self._send("GET", path, {}, None, "").data.decode(errors="replace")
        return found

    def token(self) -> str:
        """The bearer token that requests have, empty without one."""
        settings = self._configuration.auth_settings().values()
        found = next((one["value"] for one in settings if one["in"] == "header" and one["value"]), "")
        return str(found).removeprefix("Bearer ")

    def create(self, *path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """`body`, as it was created in the list at `path`; a field that the server does not know is refused."""
        return self._json("POST", path, {"fieldValidation": "Strict", "fieldManager": _MANAGER}, body)

    def patch(self, *path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The object at `path` with the fields of `body` over its own."""
        return self._json("PATCH", path, {"fieldManager": _MANAGER}, body, MERGE)

    def apply(self, *path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The object at `path` as `body` has it: a server-side apply."""
        query = {"fieldManager": _MANAGER, "force": "true", "fieldValidation": "Strict"}
        return self._json("PATCH", path, query, body, APPLY)

    def delete(self, *path: str) -> None:
        """Delete the object at `path` at once."""
        self._send("DELETE", path, {"gracePeriodSeconds": "0"}, None, "")

    @contextmanager
    def stream(self, *path: str, **query: str) -> Iterator[Iterator[bytes]]:
        """Pieces of the body at `path` as they come. Raises ClusterError, also while they come."""
        response = self._send("GET", path, query, None, "", stream=True)
        try:
            yield self._pieces(response)
        finally:
            response.close()

    def _pieces(self, response: Any) -> Iterator[bytes]:
        from urllib3.exceptions import HTTPError

        try:
            yield from response.stream(65536)
        except (HTTPError, OSError) as error:
            raise self._away(error) from None

    def _json(
        self,
        method: str,
        path: tuple[str, ...],
        query: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        response = self._send(method, path, query, body, content_type)
        found: dict[str, Any] = json.loads(response.data)
        return found

    def _send(
        self,
        method: str,
        path: tuple[str, ...],
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        content_type: str,
        *,
        stream: bool = False,
    ) -> Any:
        from urllib3 import Timeout
        from urllib3.exceptions import HTTPError

        url = f"{self.host}/{'/'.join(quote(part, safe='') for part in path)}"
        headers = {"Accept": "application/json, */*", "User-Agent": _MANAGER}
        if body is not None:
            headers["Content-Type"] = content_type
        try:
            settings = self._configuration.auth_settings().values()  # renews a token that has run out
            headers |= {s["key"]: s["value"] for s in settings if s["in"] == "header" and s["value"]}
            response = self._pool.request(
                method,
                f"{url}?{urlencode(query)}" if query else url,
                body=None if body is None else json.dumps(body).encode(),
                headers=headers,
                timeout=Timeout(connect=self.connect_seconds, read=None if stream else self.read_seconds),
                retries=False,
                preload_content=not stream,
            )
        except (HTTPError, OSError) as error:
            raise self._away(error) from None
        if response.status >= 400:
            text = response.data.decode(errors="replace")
            problem = refusal(method, path, response.status, text, self.host)
            kind = ClusterAway if isinstance(problem, ClusterUnreachable) else ClusterError
            raise kind([problem])
        return response

    def _away(self, error: Exception) -> ClusterAway:
        cause = error.__cause__ or error
        reason = " ".join(str(getattr(cause, "reason", None) or cause).split())
        return ClusterAway([ClusterUnreachable(server=self.host, reason=reason[-200:] or type(error).__name__)])


def _configure(configuration: Any, context: str | None, file: str | None) -> str:
    """Fill in the kubernetes library's configuration; returns the namespace that is named with it, if one is."""
    from kubernetes import config
    from kubernetes.config import ConfigException

    try:
        config.load_kube_config(config_file=file, context=context, client_configuration=configuration)
    except ConfigException as error:
        if context is not None or file is not None or "No configuration found" not in str(error):
            raise
        try:
            config.load_incluster_config(client_configuration=configuration)
        except ConfigException:
            raise ConfigException("no kubeconfig is found, and this is no pod of a cluster") from None
        return _own_namespace()
    contexts, active = config.list_kube_config_contexts(config_file=file)
    chosen = next((c for c in contexts if c["name"] == context), active)
    return str(chosen["context"].get("namespace", ""))


def _own_namespace() -> str:
    from pathlib import Path

    return Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace").read_text(encoding="utf-8").strip()
