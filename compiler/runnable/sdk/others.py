"""The steps that others do: a template that somebody else has written for Argo, a request to a web server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from runnable.sdk.notify import SecretReference
from runnable.sdk.parameters import ArgumentText, ParameterReference
from runnable.sdk.pipeline import Step
from runnable.sdk.returns import TaskReturns
from runnable_runtime.deferred import dataclass


@dataclass(slots=True, kw_only=True)
class TemplateTask(Step):
    """A step that calls a template of a WorkflowTemplate that is not ours (docs/templates.md).

    On this machine nothing is called: the step returns what `locally` says, or `templates` in the configuration.

    Attributes:
        template: the name of the WorkflowTemplate.
        entrypoint: the name of the template in it.
        cluster_scope: True for a ClusterWorkflowTemplate.
        arguments: its input parameters by name: each a text, another value of JSON, the value of a parameter,
            `param("lr")`, or texts and parameters joined: `"s3://" + param("bucket")`.
        returns: by the names of parameters, the names of its output parameters; a list where they are the same.
        locally: what it returns on this machine, by the names of parameters.
    """

    template: str
    entrypoint: str
    cluster_scope: bool = False
    arguments: Mapping[str, Any] = field(default_factory=dict)
    returns: Mapping[str | TaskReturns, str] | Sequence[str | TaskReturns] = ()
    locally: Mapping[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class HttpTask(Step):
    """A step that sends a request to a web server, and returns the response (docs/templates.md).

    Attributes:
        url: the address, a text, or texts and parameters joined: `"https://example.com/" + param("city")`.
        method: GET by default.
        headers: by name, each a text, texts and parameters joined, or the secret that is the whole value:
            `secret("TOKEN")`.
        body: a text, the value of a parameter, both joined, or a mapping or list, which is sent as JSON.
        success: when the step succeeds: a condition over `response.statusCode` and `response.body`, such as
            `response.statusCode in [200, 404]`; by default with any status from 200 to 299.
        returns: the name under which the body of the response is returned: what is JSON as that value, else a text.
        timeout: seconds for one attempt, or text with a unit such as "10m"; no limit by default.
        retry: further attempts if the first one fails.
    """

    url: str | ParameterReference | ArgumentText
    method: str = "GET"
    headers: Mapping[str, str | ParameterReference | ArgumentText | SecretReference] = field(default_factory=dict)
    body: Any = None
    success: str = ""
    returns: Sequence[str | TaskReturns] = ()
    timeout: float | str | None = None
    retry: int | None = None
