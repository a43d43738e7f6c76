"""The actions of steps that are done by others: a template that somebody else has written for Argo, a web server."""

from __future__ import annotations

import json

from runnable_runtime.deferred import dataclass

Pieces = tuple[str, ...]
"""A text with values in it: texts and, between them, the names of parameters, as in ``("--lr=", "lr", "")``."""


def names_in(*written: Pieces) -> tuple[str, ...]:
    """The names of the parameters in texts, each once."""
    return tuple(dict.fromkeys(name for pieces in written for name in pieces[1::2]))


def written(pieces: Pieces) -> str:
    """A text for people: a value is shown as ``param(NAME)``."""
    return "".join(f"param({piece})" if index % 2 else piece for index, piece in enumerate(pieces))


@dataclass(frozen=True, slots=True)
class TemplateCall:
    """Call the template `entrypoint` of the WorkflowTemplate `template`, which is not ours.

    `inputs` are its input parameters, `outputs` the names of its output parameters, in the order of the task's
    `returns`. `stand_in` is what the step returns where there is no Argo: a JSON object, or empty if nothing is said.
    """

    template: str
    entrypoint: str
    cluster_scope: bool = False
    inputs: tuple[tuple[str, Pieces], ...] = ()
    outputs: tuple[str, ...] = ()
    stand_in: str = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters in its inputs, each once."""
        return names_in(*(pieces for _, pieces in self.inputs))

    def described(self) -> str:
        """What is called, for people: ``score of the WorkflowTemplate vendor``."""
        kind = "ClusterWorkflowTemplate" if self.cluster_scope else "WorkflowTemplate"
        return f"{self.entrypoint} of the {kind} {self.template}"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """Send a request to a web server; the task returns the response.

    `secret_headers` are headers whose whole value is a secret, by the secret's name. `success` is the condition of the
    step's success in Argo's words (`runnable_runtime.tasks.http_condition`); empty for any status from 200 to 299.
    """

    method: str
    url: Pieces
    headers: tuple[tuple[str, Pieces], ...] = ()
    secret_headers: tuple[tuple[str, str], ...] = ()
    body: Pieces = ()
    success: str = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters in it, each once."""
        return names_in(self.url, *(pieces for _, pieces in self.headers), self.body)


def request_text(request: HttpRequest) -> str:
    """The request as the `target` of a task's spec; see `runnable_runtime.tasks.http`."""
    found: dict[str, object] = {"method": request.method, "url": request.url}
    found |= {"headers": dict(request.headers)} if request.headers else {}
    found |= {"secrets": dict(request.secret_headers)} if request.secret_headers else {}
    found |= {"body": request.body} if request.body else {}
    found |= {"success": request.success} if request.success else {}
    return json.dumps(found, separators=(",", ":"))


def http_request(text: str) -> HttpRequest:
    """The inverse of `request_text`."""
    found = json.loads(text)
    return HttpRequest(
        found["method"],
        tuple(found["url"]),
        tuple((name, tuple(pieces)) for name, pieces in found.get("headers", {}).items()),
        tuple(found.get("secrets", {}).items()),
        tuple(found.get("body", ())),
        found.get("success", ""),
    )
