"""Steps that others do: a template that is not ours, and a request of Argo's agent. A DAG speaks our data for them.

    step: [run: their template] -> [answered]     in: lines with the parameters     out: a line for each of its returns
    step: [run: the request]                      in: the same                      out: a line with the response

What goes in are texts, made of the lines by texts. Argo puts them into a template as they are, and looks for tags
in them again: a text with two braces, or with a character that Argo cannot write, ends the step before anything is
called, by a condition that Argo cannot read (as in `programs`). The same texts are refused on this machine.

The expressions for a value take a kilobyte, and stand in the step's DAG twice. Where there are `MANY` such steps, one
template makes the texts of all, which costs each of them two nodes more:

    step: [texts] -> [run: their template] -> …
"""

from __future__ import annotations

from runnable.ir.nodes import Program
from runnable.ir.others import HttpRequest, Pieces, TemplateCall
from runnable.ir.walk import tasks
from runnable.targets.argo import texts
from runnable.targets.argo.api import core, models
from runnable.targets.argo.expressions import GIVEN_INPUT, INPUT, INPUT_TEXT, PROGRAM, SPEC, given_argument, tag
from runnable.targets.argo.lookup import Lookup
from runnable.targets.argo.names import ANSWERED, TEXTS
from runnable.targets.argo.wiring import inputs, output
from runnable.targets.kubernetes.pod_fragment import merge_spec
from runnable.targets.kubernetes.pod_options import PodOptions
from runnable_runtime.deferred import dataclass
from runnable_runtime.values.parameters import encode

MANY = 50
"""Different steps with values in their texts from which on these are made by one template."""
NODES_OF_TEXTS = 2
"""Nodes that such a step has more."""
_PIECES = "pieces"
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
    is said there stands in each of our own templates then. `made`: of how many steps one template makes
    the texts.
    """

    calls: bool = False
    requests: bool = False
    made: int = 0

    @classmethod
    def of(cls, program: Program) -> Others:
        """What `program` has."""
        found = [task for _, task in tasks(program.graph) if isinstance(task.action, TemplateCall | HttpRequest)]
        with_values = [one for one in found if _written(one.action)]
        different = {(repr(one.action), one.returns) for one in with_values}
        calls = any(isinstance(one.action, TemplateCall) for one in found)
        requests = any(isinstance(one.action, HttpRequest) for one in found)
        return cls(calls, requests, len(with_values) if len(different) >= MANY else 0)


NO_OTHERS = Others()


def merged(usual: models.Template, template: models.Template) -> models.Template:
    """`template` with what all have in common, where it does not say otherwise."""
    return template.copy_with(
        {"container": core.Container().copy_with(merge_spec(usual.container, template.container))}
    )


Written = dict[str, tuple[str, Pieces, str]]
"""Texts with values in them, by the inputs that they are for: what they are called, the pieces, and the rule."""


def _written(action: object) -> Written:
    """Those of a step that others do."""
    if isinstance(action, TemplateCall):
        return {one: (f"the argument {one}", pieces, "") for one, pieces in action.inputs if len(pieces) > 1}
    assert isinstance(action, HttpRequest)
    return {one: (f"the {one} of the request", pieces, rule) for one, (pieces, rule) in _fields(action).items()}


@dataclass(frozen=True, slots=True)
class Texts:
    """How the texts of steps are made: by expressions of `lookup` in each, or by the template `shared` of all."""

    lookup: Lookup
    shared: str = ""

    def value(self, one: str, written: Written) -> str:
        """The tag for one of the texts."""
        _, pieces, rule = written[one]
        if self.shared:
            return texts.made(TEXTS, list(written).index(one))
        return texts.whole_argument(pieces, _texts(pieces, self.lookup), rule)

    def condition(self, written: Written) -> str | None:
        """True if all texts can be written, else a text that says which cannot; none if there are none."""
        if not written:
            return None
        if self.shared:
            return texts.are_made(TEXTS)
        cases = [
            texts.not_written(what, pieces, _texts(pieces, self.lookup), rule)
            for what, pieces, rule in written.values()
        ]
        return tag(f"{''.join(cases)}'true'")

    def before(self, written: Written) -> list[models.DAGTask]:
        """What makes the texts, where that is no expression."""
        if not (self.shared and written):
            return []
        pieces = encode([texts.described(what, pieces, rule) for what, pieces, rule in written.values()])
        given = [models.Parameter(name=INPUT, value=GIVEN_INPUT), models.Parameter(name=_PIECES, value=pieces)]
        return [models.DAGTask(name=TEXTS, template=self.shared, arguments=models.Arguments(parameters=given))]

    def depends(self, written: Written) -> str | None:
        """What the step's own task waits for."""
        return f"{TEXTS}.Succeeded" if self.before(written) else None


def texts_dag(name: str, stub: str, lookup: Lookup) -> models.Template:
    """The template `name` that makes the texts of many steps."""
    named = lookup.text_of_named(INPUT_TEXT, texts.NAME, "n")
    return models.Template(
        name=name,
        dag=models.DAGTemplate(tasks=[models.DAGTask(name="nothing", template=stub)]),
        inputs=inputs(**{_PIECES: "[]"}),
        outputs=output(texts.made_texts(f"inputs.parameters.{_PIECES}", named)),
    )


def call_dag(name: str, stub: str, wanted: CallTemplate, made: Texts) -> models.Template:
    """The template `name` of a step that calls a template which is not ours."""
    call, written = wanted.call, _written(wanted.call)
    given = [
        models.Parameter(name=one, value=made.value(one, written) if one in written else pieces[0])
        for one, pieces in call.inputs
    ]
    run = models.DAGTask(
        name=PROGRAM,
        template_ref=models.TemplateRef(
            name=call.template, template=call.entrypoint, cluster_scope=True if call.cluster_scope else None
        ),
        depends=made.depends(written),
        arguments=models.Arguments(parameters=given) if given else None,
        when=made.condition(written),
    )
    tasks = [*made.before(written), run]
    if call.outputs:
        when = texts.has_left(PROGRAM, call.outputs)
        tasks.append(models.DAGTask(name=ANSWERED, template=stub, depends=f"{PROGRAM}.Succeeded", when=when))
    lines = [texts.their_line(PROGRAM, theirs, own) for theirs, own in zip(call.outputs, wanted.returns, strict=True)]
    return _dag(name, tasks, lines)


def request_dag(name: str, template: str, wanted: RequestTemplate, made: Texts) -> models.Template:
    """The template `name` of a step that sends a request, whose own template is `template`."""
    written = _written(wanted.request)
    given = [models.Parameter(name=one, value=made.value(one, written)) for one in written]
    run = models.DAGTask(
        name=PROGRAM,
        template=template,
        depends=made.depends(written),
        arguments=models.Arguments(parameters=given) if given else None,
        when=made.condition(written),
    )
    return _dag(name, [*made.before(written), run], [texts.response_line(PROGRAM, one) for one in wanted.returns])


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


def _texts(pieces: Pieces, lookup: Lookup) -> list[str]:
    """The expressions for the values in `pieces`, each with variables of its own."""
    return [lookup.text(INPUT_TEXT, name, f"p{number}") for number, name in enumerate(pieces[1::2])]
