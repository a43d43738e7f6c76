r"""All text with a meaning for Argo's template engine: nothing outside of this module writes ``{{``.

Argo replaces tags in texts that it has already put data into, so data must never hold ``{{``: it is JSON, with ``{{``
written ``{\u007b`` (see `runnable_runtime.values.parameters.encode`), or it is refused.

Every task has one output, `out`: lines of JSON, one for each name. Its input `in` has such lines, weakest first. A
plain tag for an output that is not there stops a workflow for ever. Where that can be, the output is read with the one
form of expression that works in every state of its producer. A fan-out has another input, `over`: the lines with its
list, so that its items are not given it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.protocol import LONGEST_ARGUMENT, Json
from runnable_runtime.values.declared import ANY, text_as
from runnable_runtime.values.parameters import encode
from runnable_runtime.values.texts import is_json

TAG = "{{"
"""What Argo takes for the start of something to replace."""
SPEC, INPUT, OUTPUT, ITERATION, OVER, CODE = "spec", "in", "out", "i", "over", "code"
"""The names of a task's parameters. `CODE`: of one that is looked up, what its key begins with."""
INPUT_TEXT = "inputs.parameters.in"
"""The expression (no tag) for what a DAG was given."""
FAILED_ITEM = '["failed",'
"""What the output of an item begins with that has failed, in a fan-out that collects."""
OVER_TEXT = "inputs.parameters.over"
"""The expression (no tag) for the lines with a fan-out's list."""
EXPRESSION = "{{="
"""What a tag begins with that holds an expression."""
GIVEN_SPEC = "{{inputs.parameters.spec}}"
GIVEN_INPUT = "{{inputs.parameters.in}}"
GIVEN_OVER = "{{inputs.parameters.over}}"
NEXT_ITERATION = "{{=string(int(inputs.parameters.i) + 1)}}"
RUN_NAME = "{{workflow.name}}"
WORKFLOW = "{{workflow.namespace}}/{{workflow.name}}"
NUMBER_OF_ATTEMPT = "asInt(retries) + 1"
ATTEMPT = "{{=asInt(retries) + 1}}"
"""Which attempt a pod is, from 1. Only a template with a retry strategy has `retries`."""


DIED = "lastRetry.status == 'Error' || asInt(lastRetry.exitCode) < 0 || asInt(lastRetry.exitCode) > 127"
"""The condition that a pod of several tasks has not ended by itself: it has repeated a task that failed already."""


def has_tag(text: str) -> bool:
    """Whether Argo would look for something to replace in `text`."""
    return TAG in text


def quoted(text: str) -> str:
    """A text as it stands in an expression. Two braces would begin or end a tag, and a line break ends the text."""
    text = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + _NOT_AS_IT_IS.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "'"


_NOT_AS_IT_IS = pattern(r"(?<=[{]){|(?<=})}|[\x00-\x1f\x7f]")


def refusal(where: str) -> str:
    """Why a text that has a tag is refused `where` it is: "here", or "in it"."""
    return f"'{TAG}' is not allowed {where}: Argo would replace what it starts"


def check_text(text: str) -> None:
    """Raise ValueError for a text of a configuration in which Argo would look for something to replace."""
    if has_tag(text):
        raise ValueError(refusal("here"))


@dataclass(frozen=True, slots=True)
class Output:
    """What the sibling called `task` gives its readers.

    A fan-out's own output is the list of its items' outputs. For its readers it is made one line, which gives the lists
    of the names in `each`, reduced by the builtin `reducer`.
    """

    task: str
    each: tuple[str, ...] = ()
    reducer: str | None = None

    def line(self, *, certain: bool, only: Kept | None = None) -> str:
        """A line of input. `certain`: the sibling has succeeded whenever the reader starts; else it may be empty.

        `only` is what the reader needs, if that is not all.
        """
        if only is not None:
            return tag(only.of(self.expression()))
        if not certain:
            return tag(self.expression())
        before, after = self._around()
        return before + "{{tasks." + self.task + f".outputs.parameters.{OUTPUT}" + "}}" + after

    def expression(self) -> str:
        """The expression (no tag) for the line, empty if the sibling has not succeeded."""
        text = f"tasks['{self.task}'].outputs?.parameters?.{OUTPUT} ?? ''"
        if not self.each:
            return text
        before, after = self._around()
        return f"(({text}) == '' ? '' : '{before}' + ({text}) + '{after}')"

    def _around(self) -> tuple[str, str]:
        if not self.each:
            return "", ""
        names = json.dumps(self.each, separators=(",", ":"))
        return f'["each",{names},', f',"{self.reducer}"]' if self.reducer else "]"


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of lines that have more than a reader needs: those of `names`.

    `lists`: names whose line is kept too where items are found in it by their positions, since it is in the store or
    made by a reducer. `numbers`: there are lines of items; where an item is not needed, its position is kept.
    """

    names: tuple[str, ...]
    lists: tuple[str, ...] = ()
    numbers: bool = False

    @classmethod
    def among(cls, given: Iterable[str], names: Iterable[str], lists: Iterable[str] = ()) -> Kept | None:
        """What a reader of `names` needs of lines that give `given`; None for all of them."""
        names = set(names)
        return None if names.issuperset(given) else cls(tuple(sorted(names)), tuple(sorted(lists)))

    def of(self, text: str) -> str:
        """The expression (no tag) for what is kept of the lines that the expression `text` gives."""
        lines = f'split({text},"\\n")'
        if not self.numbers and not self.lists:
            return f'join(filter({lines}, # matches {_line_of(self.names)}),"\\n")'
        cases = f"# matches {_line_of(self.names)} ? # : " if self.names else ""
        if self.lists:
            cases += f"# matches {_line_of(self.lists)} && # matches {_BY_POSITION} ? # : "
        if self.numbers:
            cases += f"# startsWith '[\"item\",' ? sprig.regexReplaceAll({_ITEM_NUMBER}, #, '[\"number\",${{1}}]]')"
            cases += " : # startsWith '[\"number\",' ? # : "
        return f"join(filter(map({lines}, {cases}''), # != ''),\"\\n\")"


_BY_POSITION = """'^[[]"(object|item)",|,"(all|any|len|max|min|sorted|sum)"[]]$'"""
_ITEM_NUMBER = """'^[[]"item",(?:"[^"]*",){2}([[][0-9]+,[0-9]+).*$'"""


def _line_of(names: Iterable[str]) -> str:
    """The regular expression of the lines that give one of `names`."""
    # In JSON, a character that is not ASCII is written with a backslash.
    found = "|".join(json.dumps(name)[1:-1].replace("\\", ".") for name in names)
    return f"""'^[{{[](?:"(?:item|iteration|object)",|"each",[[](?:"[^"]*",)*)?"(?:{found})"'"""


def without_names_of(text: str, other: str, names: Iterable[str]) -> str:
    """The expression (no tag) for the lines of `text` but those of the `names` that `other`, lines too, gives anew."""
    again = " || ".join(
        f"# matches {_line_of([name])} && {other} matches {_line_of([name]).replace(chr(39), chr(39) + '(?m)', 1)}"
        for name in names
    )
    return f'join(filter(split({text},"\\n"), not ({again})),"\\n")'


def item_line(item: str, over: str) -> str:
    """The line of input that gives `item` the entry of the list `over` that a fan-out's task is for."""
    return f'["item","{item}","{over}",' + "{{item}}]"


def batch_line(item: str, over: str, *, by_value: bool) -> str:
    """The line of input that says which items of the list `over` a pod is for (`runnable_runtime.fused.batch`)."""
    return f'["batch","{item}","{over}",' + "{{item}}]" if by_value else '["batch",{{item}}]'


def flattened(task: str) -> str:
    """The expression (no tag) for the list of what items returned, of which the pods of `task` have some each."""
    results = f"fromJSON(tasks['{task}'].outputs?.parameters?.{OUTPUT} ?? '[]')"
    own = f"filter({results}, #['{OUTPUT}'] startsWith '[')"  # a pod that has failed has left none
    return f"'[' + join(map({own}, #['{OUTPUT}'][1:len(#['{OUTPUT}']) - 1]), ',') + ']'"


NUMBER_LINE = '["number",{{item}}]'
"""The line of input that says which item of how many a fan-out's task is for, where nothing reads the item."""


def results_of(task: str) -> str:
    """The list of what the items of the fan-out task `task` returned: an object each, with the lines as text."""
    return "{{tasks." + task + ".outputs.parameters}}"


def iteration_line(index: str) -> str:
    """The line of input that gives `index` the number of a loop's iteration."""
    return f'["iteration","{index}",' + "{{inputs.parameters.i}}]"


def goes_on(stop: str, most: int) -> str:
    """The condition for a loop's next iteration: `stop` is no true expression, and there have been less than `most`."""
    return tag(f"int(inputs.parameters.i) + 1 < {most} && not ({stop})")


def with_output(task: str) -> str:
    """The expression (no tag) for a DAG's input with the lines after it that the task `task` in it returned."""
    return f"{INPUT_TEXT} + '\\n' + {output_of(task)}"


def output_of(task: str) -> str:
    """The expression (no tag) for the lines that the task `task`, which has succeeded, returned."""
    return f"tasks['{task}'].outputs.parameters.{OUTPUT}"


def tag(expression: str) -> str:
    """The tag that `expression` is evaluated in."""
    return EXPRESSION + expression + "}}"


def parameter_tag(name: str) -> str:
    """The tag for a parameter of the workflow, for which Argo puts in its text as it is."""
    return "{{workflow.parameters." + name + "}}"


def typed_parameter(name: str, kind: str = ANY) -> str:
    """A line of input: a parameter of the workflow, as the text that a person may have typed.

    `kind`: of a declared one, what the text is read as (`runnable_runtime.values.declared`).

    A person can type what Argo and Kubernetes would replace as well (see the runtime's `values.parameters.encode`):
    it is replaced here, in its JSON. The tag itself must hold no second ``{{``.
    """
    declared = "" if kind == ANY else f",'{kind}'"
    return tag(inert(f"toJson(['{name}',workflow.parameters['{name}']{declared}])"))


def inert(text: str) -> str:
    """The expression (no tag) for the JSON that `text` gives, without what Argo and Kubernetes would replace in it."""
    for found, instead in (("'{'+'{'", "{\\\\u007b"), ("'$$'", "\\\\u0024\\\\u0024"), ("'$('", "\\\\u0024(")):
        text = f"replace({text},{found},'{instead}')"
    return text


def joined_outputs(tasks: Mapping[Output, Kept | None]) -> str:
    """The expression (no tag) for the output of a DAG: the lines that `tasks` returned, or what is kept of them."""
    outputs = [task.expression() if only is None else only.of(task.expression()) for task, only in tasks.items()]
    return outputs[0] if len(outputs) == 1 else f'join([{",".join(outputs)}],"\\n")'


NO_CONDITION = "it failed before"
"""A task's condition that Argo cannot read: the task ends in an error, without a pod."""


def no_condition_for(numbers: Sequence[str]) -> str:
    """The condition that is none for an input with one of `numbers`, and false for others."""
    return tag(f"{_is_of(numbers)} ? '{NO_CONDITION}' : 'false'")


def is_not_of(numbers: Sequence[str]) -> str:
    """The condition that is false for an input with one of `numbers` (``3``, ``3.0``), and true for others."""
    return tag(f"{_is_of(numbers)} ? 'false' : 'true'")


def returned_or_recorded(task: str, recorded: Mapping[str, str]) -> str:
    """The expression (no tag) for what is recorded of the numbers in the input, else for what `task` has returned.

    It is not left to `??`: a task that is skipped has its output's default.
    """
    table = quoted(json.dumps(recorded, separators=(",", ":")))
    returned = Output(task).expression()
    return f"{_is_of(tuple(recorded))} ? (fromJSON({table})[n] ?? '') : ({returned})"


_NUMBER_LINES = """# startsWith '["item",' || # startsWith '["number",' || # startsWith '["iteration",'"""
_NUMBERS = (
    f"join(map(filter(map(filter(split({INPUT_TEXT}, '\\n'), {_NUMBER_LINES}), fromJSON(#)), "
    "len(#) > 2 || type(#[1]) == 'array'), string(int(type(last(#)) == 'array' ? last(#)[0] : last(#)))), '.')"
)
"""The expression for the numbers of items and iterations in a DAG's input; see `parameters.with_numbers`."""


def _is_of(numbers: Sequence[str]) -> str:
    """Whether the numbers, which what follows has as `n`, are one of `numbers`."""
    return f"let n = {_NUMBERS}; ' {' '.join(numbers)} ' contains (' ' + n + ' ')"


IMAGE = "container-image"
"""The input of a pod's template whose image is the value of a parameter; no parameter of a user's is called so."""
GIVEN_IMAGE = "{{inputs.parameters.container-image}}"
_IMAGE_NAME = "'^[A-Za-z0-9][A-Za-z0-9._/:@-]*$'"
PROGRAM = "run"
"""The task, in the DAG of a step that runs an image of its own, whose pod has the program."""
BRACE = "RUNNABLE_BRACE"
"""A variable with a brace: where two stand together, one is written as this, since Argo would replace what they start.
"""
_UNWRITTEN = (
    "'[\\\\x00-\\\\x08\\\\x0b\\\\x0c\\\\x0e-\\\\x1f\\\\x7f]|[^\\\\x{0}-\\\\x{FFFF}\\\\pL\\\\pM\\\\pN\\\\pP\\\\pS]'"
)
"""Characters for which Argo writes what is no JSON, where it puts a text into a template."""


def unfit(text: str) -> str:
    """Whether the expression `text`, which may be nil, gives nothing that can be an argument of a program."""
    return f"{text} == nil || len({text}) > {LONGEST_ARGUMENT} || {text} matches {_UNWRITTEN}"


def program_argument(text: str) -> str:
    """The tag for a value in the arguments of a program, of which `text` is the expression.

    Kubernetes takes `$$` for a `$`, and replaces `$(NAME)`. What cannot be written is left out: `program_runs` refuses
    it.
    """
    crowded = "s contains ('{'+'{') || s endsWith '{'"
    written = f"(let s = replace(a,'$','$$'); {crowded} ? replace(s,'{{','$({BRACE})') : s)"
    return tag(f"let a = ({text}); {unfit('a')} ? '' : {written}")


def program_runs(texts: Mapping[str, str]) -> str:
    """The condition of a program: true if all values can be arguments, else a text that says which cannot.

    `texts` are the expressions for the values, by the names of the parameters. Argo cannot read such a text as a
    condition, so the task ends in an error, without a pod.
    """
    cases = "".join(
        f"(let a = ({text}); {unfit('a')}) ? 'the parameter {name} is not given, is longer than"
        f" {LONGEST_ARGUMENT} characters or has one that no argument can have' : "
        for name, text in texts.items()
    )
    return tag(f"{cases}'true'")


def image_argument(text: str) -> str:
    """The tag for the image of a pod, of which `text` is the expression; empty for what is none (`image_runs`)."""
    return tag(f"let a = ({text}); a != nil && a matches {_IMAGE_NAME} ? a : ''")


def image_runs(text: str, name: str, other: str) -> str:
    """The condition of a pod whose image is the parameter `name`: `other`, or what Argo cannot read, for no image."""
    own = other.removeprefix(EXPRESSION).removesuffix("}}") if other else "'true'"
    is_none = f"(let a = ({text}); a == nil || not (a matches {_IMAGE_NAME}))"
    return tag(f"{is_none} ? 'the parameter {name} is no image' : {own}")


def program_text(text: str, *, after: bool, before: bool) -> str:
    """A text of the user's in the command or the arguments of a program, as Argo and Kubernetes leave it alone.

    `after`, `before`: a value stands there.
    """
    text = text.replace("$", "$$")
    crowded = TAG in text or (after and text.startswith("{")) or (before and text.endswith("{"))
    return text.replace("{", f"$({BRACE})") if crowded else text


def given_argument(name: str) -> str:
    """The tag for an argument of a program that its template is given as the input `name`."""
    return "{{inputs.parameters." + name + "}}"


def left_line(task: str, name: str) -> str:
    """The expression (no tag) for the line of output with the text that the program `task` has left for `name`."""
    return inert(f"toJson(['{name}',tasks['{task}'].outputs.parameters.{name}])")


def argument_text(value: Json) -> str:
    """The text of a workflow's argument that is decoded to `value` again: plain for plain text, else JSON."""
    if isinstance(value, str) and _is_plain(value):
        return value
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace(TAG, "{\\u007b")


def declared_text(value: Json, kind: str) -> str:
    """The text of a declared parameter's value, for the runtime to read as a `kind`."""
    if kind == ANY:
        return argument_text(value)
    text = text_as(value, kind, plain=isinstance(value, str) and _is_safe(value))
    return text.replace(TAG, "{\\u007b")


def spec_text(spec: dict[str, Json]) -> str:
    """A task's spec as the text of a parameter."""
    return encode(spec)


def _is_plain(text: str) -> bool:
    return _is_safe(text) and not is_json(text)


def _is_safe(text: str) -> bool:
    # Argo re-encodes texts with a Go function that writes control and unknown characters in a way that is no JSON.
    return all(character.isprintable() and character <= "\uffff" for character in text) and not has_tag(text)
