"""Requests to the API server of the tests' cluster, without a kubectl for each: tests ask it all the time."""

import functools
import json
from urllib.parse import urlencode


@functools.cache
def _client():
    """The server that KUBECONFIG names when the tests start."""
    from kubernetes import config  # half a second, for each process that collects tests

    return config.new_client_from_config()


def _asked(method, path, body, query, **options):
    """The server's response."""
    client = _client()
    settings = client.configuration.auth_settings().values()  # renews a token that has run out
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    headers |= {s["key"]: s["value"] for s in settings if s["in"] == "header" and s["value"]}
    url = f"{client.configuration.host}/{path}?{urlencode(query)}"
    text = None if body is None else json.dumps(body)
    return client.rest_client.pool_manager.request(method, url, body=text, headers=headers, **options)


def request(method, path, body=None, **query):
    """What the server answers, as JSON; it must accept the request."""
    response = _asked(method, path, body, query, timeout=60)
    answer = json.loads(response.data)
    assert response.status < 400, answer
    return answer


def watch(path, name, seconds):
    """An object of the list at `path` as it is, and each time that it has changed, for so many seconds."""
    query = {"watch": 1, "fieldSelector": f"metadata.name={name}", "timeoutSeconds": int(seconds)}
    response = _asked("GET", path, None, query, timeout=seconds + 30, preload_content=False)
    try:
        assert response.status == 200, response.read()
        for line in response:
            event = json.loads(line)
            assert event["type"] in ("ADDED", "MODIFIED"), event
            yield event["object"]
    finally:
        response.close()


def place(item, namespace):
    """The path of the list that an object belongs to."""
    group = f"api{'s' if '/' in item['apiVersion'] else ''}/{item['apiVersion']}"
    within = "" if item["kind"].startswith("Cluster") else f"/namespaces/{namespace}"
    return f"{group}{within}/{item['kind'].lower()}s"


def create(item, namespace, **query):
    """An object as the server has created it; a field that it does not know is refused."""
    return request("POST", place(item, namespace), item, fieldValidation="Strict", **query)
