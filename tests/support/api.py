"""Requests to the API server of the tests' cluster, without a kubectl for each: tests ask it all the time."""

import functools
import json
from urllib.parse import urlencode

from kubernetes import config


@functools.cache
def _client():
    """The server that KUBECONFIG names when the tests start."""
    return config.new_client_from_config()


def request(method, path, body=None, **query):
    """What the server answers, as JSON; it must accept the request."""
    client = _client()
    settings = client.configuration.auth_settings().values()  # renews a token that has run out
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    headers |= {s["key"]: s["value"] for s in settings if s["in"] == "header" and s["value"]}
    url = f"{client.configuration.host}/{path}?{urlencode(query)}"
    text = None if body is None else json.dumps(body)
    response = client.rest_client.pool_manager.request(method, url, body=text, headers=headers, timeout=60)
    answer = json.loads(response.data)
    assert response.status < 400, answer
    return answer


def place(item, namespace):
    """The path of the list that an object belongs to."""
    group = f"api{'s' if '/' in item['apiVersion'] else ''}/{item['apiVersion']}"
    within = "" if item["kind"].startswith("Cluster") else f"/namespaces/{namespace}"
    return f"{group}{within}/{item['kind'].lower()}s"


def create(item, namespace, **query):
    """An object as the server has created it; a field that it does not know is refused."""
    return request("POST", place(item, namespace), item, fieldValidation="Strict", **query)
