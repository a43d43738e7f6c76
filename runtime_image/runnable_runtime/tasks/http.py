"""An HTTP task: sends one request, and returns the response's body. On Argo its agent does so, by the same rules.

The target of the spec is the request: {"method": "POST", "url": ["https://example.com/", "city", ""], "headers": {"A":
["b"]}, "secrets": {"Authorization": "TOKEN"}, "body": ["..."], "success": "response.statusCode == 201"}. A text is in
pieces: texts and, between them, names of parameters. `secrets` are headers, each with the variable that has its value.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence

from runnable_runtime.deferred import pattern
from runnable_runtime.failures import BadInput, UserCodeFailed
from runnable_runtime.protocol import LONGEST_ARGUMENT, URL_CHARACTERS, Json, TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.tasks.http_condition import condition
from runnable_runtime.tasks.plain import filled, plain_text
from runnable_runtime.values.encoding import to_json
from runnable_runtime.values.parameters import TAG
from runnable_runtime.values.texts import returned

_URL = pattern(f"[{URL_CHARACTERS}]*")
_HEADER = pattern(r"[ -~]*")
_SHOWN = 500
"""Characters of a response that a failure is explained by."""
_WHAT = "an HTTP request"


def run(
    spec: TaskSpec, parameters: Mapping[str, Json], environment: Mapping[str, str], objects: Objects
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Send the request of `spec`; gives back the outputs, the body under the one name that is returned, and the inputs.

    Raises UserCodeFailed if no server answers, or the condition is not fulfilled; BadInput for a value that cannot be
    where it is.
    """
    request = json.loads(spec.target)
    written = [request["url"], *request.get("headers", {}).values(), request.get("body", ())]
    names = tuple(dict.fromkeys(name for pieces in written for name in pieces[1::2]))
    texts = {name: plain_text(name, parameters, objects, _WHAT) for name in names}
    url = _whole("the address", request["url"], texts, _URL)
    headers = {
        name: _whole(f"the header {name}", pieces, texts, _HEADER)
        for name, pieces in request.get("headers", {}).items()
    }
    body = _whole("the body", request["body"], texts, None) if "body" in request else None
    variables = {**os.environ, **environment}
    for name, secret in request.get("secrets", {}).items():
        if secret not in variables:
            raise BadInput(f"the secret {secret} is not there")
        if not _HEADER.fullmatch(variables[secret]):
            raise BadInput(f"the secret {secret} has a line end or another character that no header can have")
        headers[name] = variables[secret]
    status, text = _sent(request["method"], url, headers, body)
    print(f"{request['method']}: {status}, {len(text):,} characters")
    success = request.get("success", "")
    if not condition(success)(status, text):
        reason = f"is no success by {success!r}" if success else "is no success"
        raise UserCodeFailed(f"the server answered {status}, which {reason}: {text[:_SHOWN].strip()}".rstrip(": "))
    outputs = {one.name: to_json(returned(text, metric=one.kind == "metric"), one.name) for one in spec.returns}
    return outputs, {name: parameters[name] for name in names}


def _whole(what: str, pieces: Sequence[str], texts: Mapping[str, str], fits: re.Pattern[str] | None) -> str:
    """The text of `pieces`. Raises BadInput for one that Argo could not send."""
    text = filled(pieces, texts)
    if len(pieces) == 1:
        return text
    values = ", ".join(map(repr, pieces[1::2]))
    if len(text) > LONGEST_ARGUMENT:
        raise BadInput(f"{what}, with {values} in it, has {len(text):,} characters, and {LONGEST_ARGUMENT:,} at most")
    if TAG in text:
        raise BadInput(f"{what}, with {values} in it, has '{TAG}', which Argo would replace")
    if fits is not None and not fits.fullmatch(text):
        more = ": quote it first, as urllib.parse.quote does" if fits is _URL else ""
        raise BadInput(f"{what}, with {values} in it, has a character that cannot be there{more}")
    return text


def _sent(method: str, url: str, headers: Mapping[str, str], body: str | None) -> tuple[int, str]:
    import http.client
    import urllib.error
    import urllib.request

    if not url.startswith(("http://", "https://")):
        raise BadInput("the address does not begin with http:// or https://")
    data = None if body is None else body.encode()
    try:
        request = urllib.request.Request(url, data, {"User-Agent": "runnable", **headers}, method=method)  # noqa: S310 - checked above
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - the step's timeout ends it
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode("utf-8", "replace")
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or str(error) or type(error).__name__
        raise UserCodeFailed(f"the server was not reached: {reason}") from None
