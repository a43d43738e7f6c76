r"""Expressions that find the value of a parameter in a task's input, while the workflow runs and without a pod.

They do what the runtime's `values.parameters.decode_lines` does, for one name: the lines are read from the last to
the first, until one gives the name. A fan-out's item makes it go on with the name of the list. What is carried from
line to line is ``[name, indices, form, value]``, the form being '' as long as nothing is found. A list that is in the
store is known by its length: in its place stands another list of that length. What else is there is not looked for
(`passes.deciding`).

Numbers become Go's: whole ones beyond 2**53 lose digits, and ``1.0`` is ``1``. So values are only compared, and lists
only counted; tasks get the text. There is no ``}}`` in an expression: it would end the tag.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from runnable.ir.nodes import FanOut, Graph, Loop, Node, Program, Switch, Task
from runnable.ir.walk import children, walk

_ANY_LINE = (
    "#acc[2] != '' ? #acc"
    " : type(#) == 'map' ? (#acc[0] in # ? ['', #acc[1], 'value', #[#acc[0]]] : #acc)"
    " : len(#) == 2 ? (#[0] == #acc[0] ? ['', #acc[1], 'text', #[1]] : #acc)"
)
_ITERATION = " : #[0] == 'iteration' ? (#[1] == #acc[0] ? ['', #acc[1], 'value', #[2]] : #acc)"
_OBJECT = " : #[0] == 'object' ? (#[1] == #acc[0] ? ['', #acc[1], 'object', #[2].length ?? -1] : #acc)"
_OTHER = (
    " : #[0] == 'item' ? (#[1] == #acc[0] ? [#[2], concat([int(#[3])], #acc[1]), '', nil] : #acc)"
    " : #acc[0] in #[1] ? [#acc[0], #acc[1], 'each', #] : #acc"
)
"""What one line does to what is carried, by its form."""

_JSON = '\'^(true|false|null|-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?|"[^"]*"|[[].*)$\''
"""A text that a person typed and that is decoded: a scalar or a list."""

_FALSY = "[false, nil, 0, '']"
_REDUCED = {
    "list": "e",
    "sorted": "sort(e)",
    "len": "len(e)",
    "sum": "sum(e)",
    "max": "max(e)",
    "min": "min(e)",
    "any": f"any(e, not (# in {_FALSY}))",
    "all": f"all(e, not (# in {_FALSY}))",
}


@dataclass(frozen=True, slots=True)
class Lookup:
    """Writes the expressions for one program. `lines` is always an expression for the input's text.

    `depth`: how many fan-outs there are inside of each other, at most. `reducers`: the builtins that they have.
    `loops`, `stored`: whether lines of an iteration, or of a value in the store, can be among the input.
    """

    depth: int
    reducers: tuple[str, ...]
    loops: bool = False
    stored: bool = False

    @classmethod
    def of(cls, program: Program, *, stored: bool = False) -> Lookup:
        """What `program` needs."""
        nodes = [node for _, node in walk(program.graph)]
        reducers = {node.reducer for node in nodes if isinstance(node, FanOut) and node.reducer}
        loops = any(isinstance(node, Loop) for node in nodes)
        return cls(_depth(program.graph), tuple(sorted(reducers)), loops, stored)

    def indices(self, lines: str, name: str) -> str:
        """The JSON list ``[0,1,…]`` of the positions in the list `name`; if it is no list, a text that says so."""
        return (
            f"let v = {self._value(lines, name)}; type(v) == 'array' ? (len(v) == 0 ? '[]' : toJson(0..(len(v) - 1)))"
            f" : 'the parameter {name} is not a list: ' + toJson(v)"
        )

    def is_one_of(self, lines: str, name: str, texts: Iterable[str]) -> str:
        """Whether ``str(value)`` of the parameter `name` is one of `texts`."""
        known = ",".join(f"'{text}'" for text in texts)
        text = "v == nil ? 'None' : v == true ? 'True' : v == false ? 'False' : type(v) == 'string' ? v : toJson(v)"
        return f"let v = {self._value(lines, name)}; ({text}) in [{known}]"

    def is_true(self, lines: str, name: str) -> str:
        """Whether the parameter `name` is there and true."""
        return f"({self._value(lines, name)}) == true"

    def _value(self, lines: str, name: str) -> str:
        return f"({self._find(lines, repr(name), 0)})"

    def _find(self, lines: str, name: str, level: int) -> str:
        """The value of `name`; at each level, inside of the results of one fan-out more."""
        f, each = f"f{level}", "nil"
        if level < self.depth:
            inner = self._find("#['out']", f"{f}[0]", level + 1)
            each = self._each(f, "map(" + f + "[3][2], {" + inner + " })")
        decoded = f"map(filter(split({lines}, '\\n'), trim(#) != ''), fromJSON(#))"
        return (
            f"let {f} = reduce(reverse({decoded}), {self._line()}, [{name}, [], '', nil]); "
            f"reduce({f}[1], #acc[#], {f}[2] == 'value' ? {f}[3]{self._stored(f)}"
            f" : {f}[2] == 'text' ? ({f}[3] matches {_JSON} ? fromJSON({f}[3]) : {f}[3])"
            f" : {f}[2] == 'each' ? {each} : nil)"
        )

    def _line(self) -> str:
        return _ANY_LINE + (_ITERATION if self.loops else "") + (_OBJECT if self.stored else "") + _OTHER

    def _stored(self, f: str) -> str:
        """A list as long as the one that is in the store; nil for what is no list."""
        if not self.stored:
            return ""
        return f" : {f}[2] == 'object' ? ({f}[3] < 0 ? nil : {f}[3] == 0 ? [] : 0..(int({f}[3]) - 1))"

    def _each(self, f: str, values: str) -> str:
        if not self.reducers:
            return values
        cases = "".join(f"{f}[3][3] == '{name}' ? {_REDUCED[name]} : " for name in self.reducers)
        return f"(let e = {values}; len({f}[3]) == 3 ? e : {cases}e)"


def _depth(node: Node) -> int:
    """How many fan-outs are inside of each other in `node`, itself included."""
    inner = max(map(_depth, children(node)), default=0)
    match node:
        case FanOut():
            return inner + 1
        case Task() | Graph() | Switch() | Loop():
            return inner
