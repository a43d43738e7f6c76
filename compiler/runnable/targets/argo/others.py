"""Steps that others do: a template that is not ours, and a request of Argo's agent. A DAG speaks our data for them.

    step: [run: their template] -> [answered]     in: lines with the parameters     out: a line for each of its returns
    step: [run: the request]                      in: the same                      out: a line with the response

What goes in are texts, made of the lines by texts. Argo puts them into a template as they are, and looks for tags
in them again: a text with two braces, or with a character that Argo cannot write, ends the step before anything is
called, by a condition that Argo cannot read (as in `programs`). The same texts are refused on this machine.
"""

from __future__ import annotations

from collections.abc import Mapping

from runnable.ir.nodes import Program
from runnable.ir.others import HttpRequest, Pieces, TemplateCall
from runnable.ir.walk import tasks
from runnable.targets.argo import texts
from runnable.targets.argo.api import core, models
from runnable.targets.argo.expressions import INPUT_TEXT, PROGRAM, SPEC, given_argument, tag
from runnable.targets.argo.lookup import Lookup
from runnable.targets.argo.names import ANSWERED
from runnable.targets.argo.wiring import inputs, output
from runnable.targets.kubernetes.pod_fragment import merge_spec
from runnable.targets.kubernetes.pod_options import PodOptions
from runnable_runtime.deferred import dataclass

URL, BODY, HEADER = "url", "body", "header-{}"
"""The inputs of a request's template."""


@dataclass(frozen=True, slots=True)
class CallTemplate:
    """What two steps that call the template of somebody else must have in common to share a template of ours."""

    call: TemplateCall
    returns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """Likewise, of two that send a request. `returns` is the name of the response, if it is returned."""

    request: HttpRequest
    returns: tuple[str, ...]
    pod: PodOptions


@dataclass(frozen=True, slots=True)
class Others:
    """Whether a workflow calls templates of others, and whether it sends requests, beside its own pods.

    Argo gives `templateDefaults` of a workflow to templates of others too, which have images and users of their own,
    and merges its `podSpecPatch` into the pod of the agent, in which a container that the patch names is none. So what
    is said there stands in each of our own templates then.
    """

    calls: bool = False
    requests: bool = False

    @classmethod
    def of(cls, program: Program) -> Others:
        """What `program` has."""
        actions = [task.action for _, task in tasks(program.graph)]
        return cls(
            any(isinstance(one, TemplateCall) for one in actions), any(isinstance(one, HttpRequest) for one in actions)
        )


NO_OTHERS = Others()


def merged(usual: models.Template, template: models.Template) -> models.Template:
    """`template` with what all have in common, where it does not say otherwise."""
    return template.copy_with(
        {"container": core.Container().copy_with(merge_spec(usual.container, template.container))}
    )


def call_dag(name: str, stub: str, wanted: CallTemplate, lookup: Lookup) -> models.Template:
    """The template `name` of a step that calls a template which is not ours."""
    call = wanted.call
    written = {f"the argument {one}": (pieces, "") for one, pieces in call.inputs}
    given = [models.Parameter(name=one, value=_value(pieces, "", lookup)) for one, pieces in call.inputs]
    run = models.DAGTask(
        name=PROGRAM,
        template_ref=models.TemplateRef(
            name=call.template, template=call.entrypoint, cluster_scope=True if call.cluster_scope else None
        ),
        arguments=models.Arguments(parameters=given) if given else None,
        when=_condition(written, lookup),
    )
    tasks = [run]
    if call.outputs:
        when = texts.has_left(PROGRAM, call.outputs)
        tasks.append(models.DAGTask(name=ANSWERED, template=stub, depends=f"{PROGRAM}.Succeeded", when=when))
    lines = [texts.their_line(PROGRAM, theirs, own) for theirs, own in zip(call.outputs, wanted.returns, strict=True)]
    return _dag(name, tasks, lines)


def request_dag(name: str, template: str, wanted: RequestTemplate, lookup: Lookup) -> models.Template:
    """The template `name` of a step that sends a request, whose own template is `template`."""
    fields = _fields(wanted.request)
    given = [models.Parameter(name=one, value=_value(pieces, rule, lookup)) for one, (pieces, rule) in fields.items()]
    run = models.DAGTask(
        name=PROGRAM,
        template=template,
        arguments=models.Arguments(parameters=given) if given else None,
        when=_condition({f"the {one} of the request": field for one, field in fields.items()}, lookup),
    )
    return _dag(name, [run], [texts.response_line(PROGRAM, one) for one in wanted.returns])


def request_template(name: str, wanted: RequestTemplate) -> models.Template:
    """The template of the request itself, which Argo's agent sends."""
    request, pod = wanted.request, wanted.pod
    keys = {one.variable: one for one in pod.secrets}
    headers = [
        models.HTTPHeader(name=one, value=_own(HEADER.format(number), pieces))
        for number, (one, pieces) in enumerate(request.headers, 1)
    ]
    for one, secret in request.secret_headers:
        ref = core.SecretKeySelector(name=keys[secret].secret, key=keys[secret].key)
        headers.append(models.HTTPHeader(name=one, value_from=models.HTTPHeaderSource(secret_key_ref=ref)))
    return models.Template(
        name=name,
        inputs=models.Inputs(parameters=found)
        if (found := [models.Parameter(name=one) for one in _fields(request)])
        else None,
        http=models.HTTP(
            method=request.method,
            url=_own(URL, request.url),
            headers=headers or None,
            body=_own(BODY, request.body) if request.body else None,
            success_condition=request.success or None,
            timeout_seconds=pod.timeout,
        ),
    )


def _fields(request: HttpRequest) -> dict[str, tuple[Pieces, str]]:
    """What of a request has values in it, by the inputs of its template: the text, and what it may have."""
    found = {URL: (request.url, texts.URL_TEXT)}
    found |= {HEADER.format(n): (pieces, texts.HEADER_TEXT) for n, (_, pieces) in enumerate(request.headers, 1)}
    found |= {BODY: (request.body, "")}
    return {name: field for name, field in found.items() if len(field[0]) > 1}


def _own(name: str, pieces: Pieces) -> str:
    return given_argument(name) if len(pieces) > 1 else "".join(pieces)


def _dag(name: str, tasks: list[models.DAGTask], lines: list[str]) -> models.Template:
    return models.Template(
        name=name,
        dag=models.DAGTemplate(tasks=tasks),
        inputs=inputs(**{SPEC: ""}),
        outputs=output(lines[0] if len(lines) == 1 else f'join([{",".join(lines)}],"\\n")') if lines else None,
    )


def _value(pieces: Pieces, rule: str, lookup: Lookup) -> str:
    if len(pieces) == 1:
        return pieces[0]
    return texts.whole_argument(pieces, _texts(pieces, lookup), rule)


def _condition(written: Mapping[str, tuple[Pieces, str]], lookup: Lookup) -> str | None:
    """True if all texts can be written, else a text that says which cannot; none if nothing has a value in it."""
    cases = "".join(
        texts.not_written(what, pieces, _texts(pieces, lookup), rule)
        for what, (pieces, rule) in written.items()
        if len(pieces) > 1
    )
    return tag(f"{cases}'true'") if cases else None


def _texts(pieces: Pieces, lookup: Lookup) -> list[str]:
    """The expressions for the values in `pieces`, each with variables of its own."""
    return [lookup.text(INPUT_TEXT, name, f"p{number}") for number, name in enumerate(pieces[1::2])]
