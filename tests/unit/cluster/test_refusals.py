"""What an API server answers, as it was seen, and what people are told."""

import json

import pytest

from runnable.cluster.refusals import refusal

WORKFLOWS = ("apis", "argoproj.io", "v1alpha1", "namespaces", "here", "workflows")


def status(code, message, **details):
    return json.dumps({"kind": "Status", "code": code, "message": message, "details": details})


@pytest.mark.parametrize(
    ("code", "text", "rn", "said", "help"),
    [
        (401, status(401, "Unauthorized"), "RN802", "does not know you", "log in"),
        (
            403,
            status(
                403,
                'workflows.argoproj.io is forbidden: User "jane" cannot create resource "workflows" in API group '
                '"argoproj.io" in the namespace "here"',
            ),
            "RN802",
            "'jane' may not create workflows in the namespace 'here'",
            "kubectl auth can-i create workflows.argoproj.io -n here",
        ),
        (404, "404 page not found\n", "RN803", "knows no workflows", "install Argo Workflows"),
        (
            404,
            status(404, "the server could not find the requested resource"),
            "RN803",
            "knows no workflows",
            "install",
        ),
        (
            404,
            status(404, 'workflows.argoproj.io "x" not found', name="x", kind="workflows"),
            "RN804",
            "there is no workflow 'x' in the namespace 'here'",
            "--namespace",
        ),
        (
            404,
            status(404, 'namespaces "here" not found', name="here", kind="namespaces"),
            "RN804",
            "there is no namespace 'here'",
            "--namespace",
        ),
        (
            400,
            status(400, 'strict decoding error: unknown field "spec.bogus"'),
            "RN806",
            'unknown field "spec.bogus"',
            "too old",
        ),
        (403, status(403, 'workflows "x" is forbidden: exceeded quota: q'), "RN806", "exceeded quota", "`ttl`"),
        (503, "the service is down", "RN801", "it answers 503", "/readyz"),
        (429, status(429, "too many requests"), "RN801", "it answers 429", "/readyz"),
    ],
)
def test_a_refusal_is_told_with_what_to_do(code, text, rn, said, help):
    found = refusal("POST", WORKFLOWS, code, text, "https://server")
    assert found.code == rn
    assert said in found.message
    assert help in (found.help or "")
