"""From a TemplateTask and an HttpTask as users write them to the IR."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from runnable.configuration.kubernetes_names import OBJECT_NAME
from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.frontend.arguments import is_parameter
from runnable.frontend.options import OptionReader
from runnable.frontend.returns import is_name
from runnable.ir.nodes import Reads, Task
from runnable.ir.options import LONGEST_TIMEOUT, Options
from runnable.ir.others import HttpRequest, Pieces, TemplateCall, written
from runnable.sdk.arguments import plain_json
from runnable.sdk.describe import shown
from runnable.sdk.notify import SecretReference
from runnable.sdk.others import HttpTask, TemplateTask
from runnable.sdk.parameters import ArgumentText, ParameterReference
from runnable.sdk.returns import TaskReturns
from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.failures import BadReturn
from runnable_runtime.protocol import URL_CHARACTERS, Json, ReturnSpec
from runnable_runtime.tasks.http_condition import BadCondition, condition
from runnable_runtime.values.parameters import TAG

_THEIRS = pattern(r"[A-Za-z0-9_-]+")
"""What Argo takes as the name of a parameter."""
_TEMPLATE = pattern(r"[A-Za-z0-9][A-Za-z0-9-]{0,127}")
_HEADER = pattern(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_URL = pattern(f"[{URL_CHARACTERS}]*")
_VALUE = pattern("[ -~]*")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_MOST_RETRIES = 100
_TYPE = "Content-Type"
_PIECES = 'a text, param("name"), or both joined'


@dataclass(slots=True)
class Others:
    """Reads one step; mistakes go to `problems`."""

    step: TemplateTask | HttpTask
    problems: list[Diagnostic]

    def read(self) -> Task:
        """The step as a task."""
        return self._template(self.step) if isinstance(self.step, TemplateTask) else self._http(self.step)

    def _template(self, step: TemplateTask) -> Task:
        entrypoint: Any = step.entrypoint
        scope: Any = step.cluster_scope
        if not OBJECT_NAME.takes(step.template):
            self._bad("template", f"is the name of a WorkflowTemplate, not {shown(step.template)}")
        if not isinstance(entrypoint, str) or not _TEMPLATE.fullmatch(entrypoint):
            self._bad("entrypoint", f"is the name of a template in it, not {shown(entrypoint)}")
        if not isinstance(scope, bool):
            self._bad("cluster_scope", f"is True or False, not {shown(scope)}")
        returns = self._theirs()
        call = TemplateCall(
            str(step.template),
            str(entrypoint),
            bool(scope),
            tuple(self._inputs()),
            tuple(returns.values()),
            self._stand_in([one.name for one in returns]),
        )
        return Task(step.name, call, Reads(call.parameters), tuple(returns), span=step.span)

    def _inputs(self) -> list[tuple[str, Pieces]]:
        given: Any = self.step.arguments if isinstance(self.step, TemplateTask) else {}
        if not isinstance(given, Mapping):
            self._bad("arguments", f"is a mapping of their parameters to values, not {shown(given)}")
            return []
        found = []
        for name, value in given.items():
            if not isinstance(name, str) or not _THEIRS.fullmatch(name):
                self._bad("arguments", f"has {shown(name)}, which is no name of a parameter of Argo's")
                continue
            found.append((name, self._pieces("arguments", value, constants=True)))
        return found

    def _theirs(self) -> dict[ReturnSpec, str]:
        """The names of their output parameters, by ours."""
        given: Any = self.step.returns
        if isinstance(given, str) or not isinstance(given, Mapping | Sequence):
            self._bad("returns", f"is a list of names, or a mapping of names to theirs, not {shown(given)}")
            return {}
        pairs = given.items() if isinstance(given, Mapping) else [(one, getattr(one, "name", one)) for one in given]
        found: dict[ReturnSpec, str] = {}
        for own, theirs in pairs:
            if (spec := self._return(own)) is None:
                continue
            if not isinstance(theirs, str) or not _THEIRS.fullmatch(theirs):
                self._bad("returns", f"has {shown(theirs)} for {spec.name!r}, which is no name of an output parameter")
            elif any(spec.name == other.name for other in found):
                self._bad("returns", f"has {spec.name!r} twice")
            else:
                found[spec] = theirs
        return found

    def _return(self, own: Any) -> ReturnSpec | None:
        declared = TaskReturns(own) if isinstance(own, str) else own
        if not isinstance(declared, TaskReturns) or not is_name(declared.name):
            self._bad("returns", f"has {shown(own)}, and names are letters, digits and _")
            return None
        if declared.kind == "object":
            self._bad("returns", f"{declared.name!r} cannot be pickled: what comes back is text")
            return None
        return ReturnSpec(declared.name, "metric" if declared.kind == "metric" else "json")

    def _stand_in(self, returns: list[str]) -> str:
        given: Any = self.step.locally if isinstance(self.step, TemplateTask) else None
        if given is None:
            return ""
        if not isinstance(given, Mapping):
            self._bad("locally", f"is a mapping of what is returned, not {shown(given)}")
            return ""
        for name in given:
            if name not in returns:
                known = ", ".join(returns) or "nothing"
                self._bad("locally", f"has {shown(name)}, and the step returns {known}")
        return json.dumps({str(name): self._json("locally", value) for name, value in given.items()})

    def _http(self, step: HttpTask) -> Task:
        reader = OptionReader(f"step {step.name!r}", step.span, self.problems)
        method: Any = step.method
        if not isinstance(method, str) or method.upper() not in _METHODS:
            self._bad("method", f"is one of {', '.join(_METHODS)}, not {shown(method)}")
        headers, secrets = self._headers(step.headers)
        body, kind = self._body(step.body)
        if body and _TYPE.lower() not in [name.lower() for name in (*headers, *secrets)]:
            headers[_TYPE] = (kind,)
        request = HttpRequest(
            str(method).upper(), self._url(), tuple(headers.items()), tuple(secrets.items()), body, self._success()
        )
        returns = [spec for one in self._names() if (spec := self._return(one)) is not None]
        if len(returns) > 1:
            self._bad("returns", "has more than one name, and there is one response")
        options = Options(
            retry=reader.count("retry", step.retry, _MOST_RETRIES),
            timeout=reader.seconds("timeout", step.timeout, LONGEST_TIMEOUT),
            secrets=reader.names("secrets", list(dict.fromkeys(secrets.values())), "", None),
        )
        return Task(step.name, request, Reads(request.parameters), tuple(returns), options, step.span)

    def _names(self) -> list[Any]:
        given: Any = self.step.returns
        if isinstance(given, str) or not isinstance(given, Sequence):
            self._bad("returns", f"is a list with one name, not {shown(given)}")
            return []
        return list(given)

    def _url(self) -> Pieces:
        url = self._pieces("url", self.step.url if isinstance(self.step, HttpTask) else "")
        if not url[0].startswith(("http://", "https://")) and (url[0] or len(url) == 1):
            self._bad("url", f"begins with http:// or https://, not {shown(written(url))}")
        if not all(_URL.fullmatch(text) for text in url[::2]):
            self._bad("url", f"has a character that no address has: {shown(written(url))}", "urllib.parse.quote(...)")
        return url

    def _headers(self, given: Any) -> tuple[dict[str, Pieces], dict[str, str]]:
        headers: dict[str, Pieces] = {}
        secrets: dict[str, str] = {}
        if not isinstance(given, Mapping):
            self._bad("headers", f"is a mapping of names to values, not {shown(given)}")
            return headers, secrets
        for name, value in given.items():
            if not isinstance(name, str) or not _HEADER.fullmatch(name):
                self._bad("headers", f"has {shown(name)}, which is no name of a header")
            elif not isinstance(value, SecretReference):
                headers[name] = self._pieces("headers", value)
                if not all(_VALUE.fullmatch(text) for text in headers[name][::2]):
                    self._bad("headers", f"has {shown(value)} for {name!r}, and a header is of printable ASCII")
            elif value.before:
                instead = f'keep the whole value in the secret, "Bearer ..." too, and write secret({value.name!r})'
                self._bad("headers", f"has {shown(value)} for {name!r}: Argo takes a header whole", instead)
            else:
                secrets[name] = value.name
        return headers, secrets

    def _body(self, given: Any) -> tuple[Pieces, str]:
        """The body, empty for none, and the type of its content unless a header says it."""
        if given is None:
            return (), ""
        if isinstance(given, Mapping | list):
            return self._pieces("body", json.dumps(self._json("body", given))), "application/json"
        kind = "application/json" if isinstance(given, ParameterReference) else "text/plain; charset=utf-8"
        return self._pieces("body", given), kind

    def _success(self) -> str:
        given: Any = self.step.success if isinstance(self.step, HttpTask) else ""
        if not isinstance(given, str):
            self._bad("success", f"is a condition, not {shown(given)}")
            return ""
        try:
            condition(given)
        except BadCondition as bad:
            instead = 'such as success="response.statusCode in [200, 404]" (docs/templates.md)'
            self._bad("success", f"is a condition, and {given!r} is none: {bad}", instead)
        return given

    def _pieces(self, option: str, value: Any, *, constants: bool = False) -> Pieces:
        """Texts and, between them, the names of parameters. `constants`: another value of JSON is its text."""
        parts: tuple[Any, ...] = value.pieces if isinstance(value, ArgumentText) else (value,)
        found = [""]
        for part in parts:
            match part:
                case ParameterReference(name) if is_parameter(name):
                    found += [name, ""]
                case str():
                    found[-1] += part
                case _ if constants and not isinstance(part, ParameterReference):
                    found[-1] += json.dumps(self._json(option, part))
                case _:
                    self._bad(option, f"has {shown(part)}, which is not {_PIECES}")
        if any(TAG in text for text in found[::2]):
            self._bad(option, f"has '{TAG}' in it, which Argo would take for the start of a tag")
        return tuple(found)

    def _json(self, option: str, value: Any) -> Json:
        try:
            found = plain_json(value, option)
            json.dumps(found, allow_nan=False)
        except (BadReturn, TypeError, ValueError, RecursionError) as refused:
            reason = (refused.message if isinstance(refused, BadReturn) else str(refused)).partition(";")[0]
            self._bad(option, f"has a value that is not JSON: {reason}")
            return None
        return found

    def _bad(self, option: str, reason: str, instead: str = "") -> None:
        owner = f"step {self.step.name!r}"
        bad = BadOption(span=self.step.span, owner=owner, option=option, reason=reason, instead=instead)
        self.problems.append(bad)
