"""Approvals: a node that waits for a person, and a DAG that says what has become of it.

    step: [run: suspend] -> [answered]            out: a line for each answer

The node has what is asked for as output parameters that somebody supplies: `runnable approve`, Argo's page, or
``argo node set``. Argo lets a node that waits succeed when its time is over, with the defaults of its outputs. So there
is one more of them, `APPROVED`, and after the node a task without a pod, whose condition is none unless somebody has
approved and each answer is one: then the task ends in an error, and so does the step.
"""

from __future__ import annotations

from runnable.ir.nodes import Declaration, Question, Task
from runnable.targets.argo.api import models
from runnable.targets.argo.expressions import PROGRAM, SPEC, TAG, declared_text, inert, quoted, tag
from runnable.targets.argo.lookup import INTEGER, NUMBER
from runnable.targets.argo.names import ANSWERED
from runnable.targets.argo.wiring import inputs, output
from runnable_runtime.protocol import Argument, TaskSpec
from runnable_runtime.values.declared import ANY

APPROVED = "approved"
"""The output that says whether somebody has approved: `YES` or `NO`. No answer is called so."""
YES, NO, NOBODY = "yes", "no", "nobody"
_TRUE, _FALSE = "['true', 'yes', '1']", "['false', 'no', '0']"


def approval_spec(task: Task, question: Question, place: tuple[int, ...]) -> TaskSpec:
    """The spec of the step: no pod gets it, but who answers finds the step and its answers by it."""
    asked = tuple(Argument(one.name, value=_described(one)) for one in question.answers)
    return TaskSpec("approval", question.message, task.name, task.returns, arguments=asked, place=place)


def approval_dag(name: str, ask: str, stub: str, question: Question) -> models.Template:
    """The template `name` of the step, which calls `ask`, the template of the node that waits."""
    waits = models.DAGTask(name=PROGRAM, template=ask)
    check = models.DAGTask(name=ANSWERED, template=stub, depends=f"{PROGRAM}.Succeeded", when=_condition(question))
    lines = [_line(one) for one in question.answers]
    return models.Template(
        name=name,
        dag=models.DAGTemplate(tasks=[waits, check]),
        inputs=inputs(**{SPEC: ""}),
        outputs=output(lines[0] if len(lines) == 1 else f'join([{",".join(lines)}],"\\n")') if lines else None,
    )


def ask_template(name: str, question: Question) -> models.Template:
    """The template of the node that waits: its inputs are the form that Argo's page shows, its outputs the answers."""
    forever = question.deadline is None
    given = [models.Parameter(name=APPROVED, default=YES, enum=[YES, NO], description=_text(question.message) or None)]
    supplied = [_supplied(APPROVED, YES if forever else NOBODY)]
    for one in question.answers:
        default = declared_text(one.default, one.kind) if one.has_default else ""
        about = ": ".join(filter(None, (one.type if one.type != "Any" else "", one.help)))
        choices = _choices(one) or None
        given.append(models.Parameter(name=one.name, default=default, enum=choices, description=_text(about) or None))
        supplied.append(_supplied(one.name, default if one.has_default or not forever else None))
    return models.Template(
        name=name,
        inputs=models.Inputs(parameters=given),
        outputs=models.Outputs(parameters=supplied),
        suspend=models.SuspendTemplate(duration=None if forever else f"{question.deadline}s"),
    )


def _described(one: Declaration) -> dict[str, object]:
    """An answer as a spec has it; `declaration` reads it back."""
    found: dict[str, object] = {"type": one.type, "kind": one.kind}
    found |= {"default": one.default} if one.has_default else {}
    return found | ({"choices": list(one.choices)} if one.choices else {})


def declaration(one: Argument) -> Declaration:
    """The answer that an argument of a spec describes."""
    about = one.value if isinstance(one.value, dict) else {}
    return Declaration(
        one.name,
        str(about.get("type", "Any")),
        str(about.get("kind", ANY)),
        "default" in about,
        about.get("default"),
        tuple(about.get("choices", ())),
    )


def _supplied(name: str, default: str | None) -> models.Parameter:
    return models.Parameter(
        name=name, value_from=models.ValueFrom(supplied=models.SuppliedValueFrom(), default=default)
    )


def _text(text: str) -> str:
    """A text for people, in which Argo finds nothing to replace."""
    return text.replace(TAG, "{ {")


def _choices(one: Declaration) -> list[str]:
    found = [declared_text(choice, one.kind) for choice in one.choices]
    return [*found, "null"] if found and one.has_default and one.default is None else found


def _given(name: str, default: str = "") -> str:
    """The expression for the text that is supplied."""
    return f"(tasks['{PROGRAM}'].outputs?.parameters?.{name} ?? {quoted(default)})"


def _condition(question: Question) -> str:
    """True for an approval whose answers are such; else a text that says why not, which Argo cannot read."""
    late = f"nobody has answered within {question.deadline} s" if question.deadline is not None else "nobody answered"
    approved = _given(APPROVED)
    cases = f"{approved} == '{NO}' ? 'it was rejected' : {approved} != '{YES}' ? '{late}' : "
    for one in question.answers:
        if fits := _fits(one):
            cases += f"(let t = {_answer(one)}; not ({fits})) ? 'the answer {one.name} is no {_kind(one)}' : "
    return tag(f"{cases}'true'")


def _answer(one: Declaration) -> str:
    return _given(one.name, declared_text(one.default, one.kind) if one.has_default else "")


def _kind(one: Declaration) -> str:
    return "choice" if one.choices else "text" if one.kind.startswith(("str", ANY)) else one.kind.removesuffix("?")


def _fits(one: Declaration) -> str:
    """Whether the text ``t`` can be the answer; empty if any can."""
    base = one.kind.removesuffix("?")
    if one.choices:
        found = f"t in [{', '.join(map(quoted, _choices(one)))}]"
    elif base == "int":
        found = f"t matches {INTEGER}"
    elif base == "float":
        found = f"t matches {NUMBER}"
    elif base == "bool":
        found = f"lower(trim(t)) in {_TRUE} || lower(trim(t)) in {_FALSE}"
    else:
        return "" if one.has_default else "t != ''"
    return f"{found} || t == 'null'" if base != one.kind else found


def _line(one: Declaration) -> str:
    """The expression for the line of output: the value as JSON, or what is for the runtime to read."""
    base, text = one.kind.removesuffix("?"), _answer(one)
    if base == ANY:
        return inert(f"toJson(['{one.name}', {text}])")
    json = {
        "str": "t matches '(?s)^\".*\\\\\\\\.*\"$' ? t : toJson(t)",
        "int": "string(int(trim(t)))",
        "float": f"t matches {INTEGER} ? string(int(trim(t))) + '.0' : trim(t)",
        "bool": f"lower(trim(t)) in {_TRUE} ? 'true' : 'false'",
    }[base]
    json = f"t == 'null' ? 'null' : {json}" if base != one.kind else json
    return f"""'{{"{one.name}":' + {inert(f"(let t = {text}; {json})")} + '}}'"""
