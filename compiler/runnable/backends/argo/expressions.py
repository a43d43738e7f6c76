r"""All text with a meaning for Argo's template engine: nothing outside of this module writes ``{{``.

Argo replaces tags in texts that it has already put data into, so data must never hold ``{{``: it is JSON, with ``{{``
written ``{\u007b`` (see `runnable_runtime.parameters.encode`), or it is refused.

Every task has one output, `out`: a line of JSON. Its input `in` has such lines, weakest first. A plain tag for an
output that is not there stops a workflow for ever. Where that can be, the output is read with the one form of
expression that works in every state of its producer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from runnable_runtime.parameters import decode_text, encode
from runnable_runtime.protocol import Json

SPEC, INPUT, OUTPUT = "spec", "in", "out"
"""The names of a task's parameters."""
GIVEN_SPEC = "{{inputs.parameters.spec}}"
GIVEN_INPUT = "{{inputs.parameters.in}}"
RUN_NAME = "{{workflow.name}}"
ATTEMPT = "{{=asInt(retries) + 1}}"
"""Which attempt a pod is, from 1. Only a template with a retry strategy has `retries`."""


def has_tag(text: str) -> bool:
    """Whether Argo would look for something to replace in `text`."""
    return "{{" in text


def output_of(task: str, *, certain: bool) -> str:
    """A line of input: what the sibling `task` returned.

    `certain` says that it has succeeded whenever the reader starts; otherwise the line may be empty.
    """
    return "{{tasks." + task + f".outputs.parameters.{OUTPUT}" + "}}" if certain else "{{=" + _output(task) + "}}"


def typed_parameter(name: str) -> str:
    """A line of input: a parameter of the workflow, as the text that a person may have typed.

    A person can type ``{{`` as well, so it is replaced here, in its JSON. The tag itself must hold no second ``{{``.
    """
    text = f"toJson(['{name}',workflow.parameters['{name}']])"
    return "{{=replace(" + text + ",'{'+'{','{\\\\u007b')}}"


def joined_outputs(tasks: Iterable[str]) -> str:
    """The expression (no tag) for the output of a DAG: the lines that `tasks` returned."""
    outputs = [_output(task) for task in tasks]
    return outputs[0] if len(outputs) == 1 else f'join([{",".join(outputs)}],"\\n")'


def argument_text(value: Json) -> str:
    """The text of a workflow's argument that is decoded to `value` again: plain for plain text, else JSON."""
    if isinstance(value, str) and _is_plain(value):
        return value
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("{{", "{\\u007b")


def spec_text(spec: dict[str, Json]) -> str:
    """A task's spec as the text of a parameter."""
    return encode(spec)


def _output(task: str) -> str:
    return f"tasks['{task}'].outputs?.parameters?.{OUTPUT} ?? ''"


def _is_plain(text: str) -> bool:
    # Argo re-encodes texts with a Go function that writes control and unknown characters in a way that is no JSON.
    safe = all(character.isprintable() and character <= "\uffff" for character in text)
    return safe and not has_tag(text) and decode_text(text) == text
