r"""Expressions that find the value of a parameter in a task's input, while the workflow runs and without a pod.

They do what the runtime's `values.parameters.decode_lines` does, for one name: the lines are read from the last to
the first, until one gives the name. For a fan-out's item that is known by its position, the name of the list is looked
for from there on. What is carried from line to line is ``[name, positions, form, value]``, the form being '' as long as
nothing is found:

    json      the value's JSON, as it stands in the line: no number of it has become Go's
    text      what a person typed
    each      a fan-out's results, the decoded line
    object    the length of a list that is in the store; -1 for what is no list

Numbers become Go's where JSON is decoded: whole ones beyond 2**53 lose digits, and ``1.0`` is ``1``. So values are only
compared, and lists only cut into their items' texts (`items`). There is no ``}}`` in an expression: it would end the
tag.
"""

from __future__ import annotations

from collections.abc import Iterable

from runnable.ir.nodes import FanOut, Graph, Loop, Node, OfOthers, Program, Switch, Task
from runnable.ir.walk import children, walk
from runnable.targets.argo.expressions import inert, quoted
from runnable_runtime.deferred import dataclass
from runnable_runtime.values.declared import ANY

_DECODED = "map(filter(split({lines}, '\\n'), trim(#) != ''), [fromJSON(#), #])"
"""The lines, each decoded and as it is."""
_JSON_OF = (
    "len({line}[0]) == 1 ? {line}[1][indexOf({line}[1], '\":') + 2:len({line}[1]) - 1] : toJson({line}[0][{name}])"
)
"""The text of a value in the line of an object. Lines have one name each; those of older images had several."""

_ANY_LINE = (
    "#acc[2] != '' ? #acc"
    f" : type(#[0]) == 'map' ? (#acc[0] in #[0] ? ['', #acc[1], 'json', {_JSON_OF.format(line='#', name='#acc[0]')}]"
    " : #acc)"
    " : len(#[0]) == 2 ? (#[0][0] == #acc[0] ? ['', #acc[1], 'text', #[0][1]] : #acc)"
)
_ITERATION = " : #[0][0] == 'iteration' ? (#[0][1] == #acc[0] ? ['', #acc[1], 'json', string(int(#[0][2]))] : #acc)"
_OBJECT = " : #[0][0] == 'object' ? (#[0][1] == #acc[0] ? ['', #acc[1], 'object', #[0][2].length ?? -1] : #acc)"
ITEM_PREFIX = """'^[[]"item",("[^"]*",){2}[[][0-9]+,[0-9]+,'"""
"""The regular expression of what stands before an item's own value in its line."""
_ITEM = (
    " : #[0][0] == 'item' ? (#[0][1] != #acc[0] ? #acc"
    " : type(#[0][3]) != 'array' ? [#[0][2], concat([int(#[0][3])], #acc[1]), '', nil]"
    " : len(#[0][3]) == 2 ? [#[0][2], concat([int(#[0][3][0])], #acc[1]), '', nil]"
    f" : len(#[0][3]) == 3 ? ['', #acc[1], 'json', #[1][len(sprig.regexFind({ITEM_PREFIX}, #[1])):len(#[1]) - 2]]"
    " : (let d = fromJSON(#[0][3][2]); {left}d[0] == 'each' ? [#[0][2], #acc[1], 'each', d]"
    " : ['', #acc[1], 'object', d[2].length ?? -1]))"
)
_LEFT = "len(d) == 2 && type(d[1]) == 'string' ? ['', #acc[1], 'text', d[1]] : "
"""An item whose line is a text that a program has left."""
_EACH = " : #acc[0] in #[0][1] ? [#acc[0], #acc[1], 'each', #[0]] : #acc"
"""What one line does to what is carried, by its form."""

_STRING = '"([^"\\\\\\\\]|\\\\\\\\.)*"'
"""A string of JSON, as a regular expression in an expression's text."""
NUMBER = "'^\\\\s*-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?\\\\s*$'"
INTEGER = "'^\\\\s*[-+]?[0-9]{1,18}\\\\s*$'"
_TYPED = (
    " : len(#[0]) == 3 && type(#[0][2]) == 'string' ? (#[0][0] != #acc[0] ? #acc"
    " : (let t = #[0][1]; let k = #[0][2];"
    " k endsWith '?' && t == 'null' ? ['', #acc[1], 'json', 'null']"
    " : k startsWith 'str' ? ['', #acc[1], 'json', t matches '(?s)^\".*\\\\\\\\.*\"$' ? t : toJson(t)]"
    " : k startsWith 'bool' && lower(trim(t)) in ['true', 'yes', '1'] ? ['', #acc[1], 'json', 'true']"
    " : k startsWith 'bool' && lower(trim(t)) in ['false', 'no', '0'] ? ['', #acc[1], 'json', 'false']"
    f" : k startsWith 'int' && t matches {INTEGER} ? ['', #acc[1], 'json', string(int(trim(t)))]"
    f" : k startsWith 'int' && t matches {NUMBER} && abs(float(trim(t))) < 9e15"
    " && floor(float(trim(t))) == float(trim(t)) ? ['', #acc[1], 'json', string(int(float(trim(t))))]"
    f" : k startsWith 'float' && t matches {INTEGER} ? ['', #acc[1], 'json', string(int(trim(t))) + '.0']"
    f" : k startsWith 'float' && t matches {NUMBER} ? ['', #acc[1], 'json', (let w = toJson(float(trim(t)));"
    " w matches '[.e]' ? w : w + '.0')]"
    " : ['', #acc[1], 'text', t]))"
)
"""A declared parameter, as `runnable_runtime.values.declared` reads it; what is none of its kind stays a text."""
_JSON = f"'(?s)^\\\\s*(true|false|null|-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][-+]?[0-9]+)?|{_STRING}|[[].*[]])\\\\s*$'"
"""A text that a person typed and that is decoded: a scalar or a list."""

MOST_NESTED = 6
"""How deep an item can be nested that is cut out of the text of a list."""


def _nested(depth: int) -> str:
    inner = f'[^"{{}}\\\\[\\\\]]|{_STRING}'
    return f"[[{{]({inner}|{_nested(depth - 1)})*[]}}]" if depth else f"[[{{]({inner})*[]}}]"


_ELEMENT = f"'{_STRING}|[-+.a-zA-Z0-9]+|{_nested(MOST_NESTED - 1)}'"
"""One element in the text of a list of JSON."""
ENTRY = f"'{_nested(MOST_NESTED)}'"
"""One item, with its position, in the line of input of a pod that is for several (`expressions.batch_line`)."""

_FALSY = "(type(#) in ['array', 'map'] ? len(#) == 0 : # in [false, nil, 0, ''])"
_OF_TEXTS = f"type(e[0]) == 'string' && not all(e, # matches {NUMBER})"
"""Texts that are numbers are compared as these, which Argo cannot: it says so."""
_NO_LISTS = "type(e[0]) == 'array' ? e[len(e)]"
"""Lists are not compared there, but taken apart: to look for what is not there is an error."""
_REDUCED = {
    "list": "e",
    "sorted": "sort(e)",
    "len": "len(e)",
    "sum": "sum(map(e, # == true ? 1 : # == false ? 0 : #))",
    "max": f"{_OF_TEXTS} ? last(sort(e)) : type(e[0]) == 'bool' ? any(e, # == true) : {_NO_LISTS} : max(e)",
    "min": f"{_OF_TEXTS} ? first(sort(e)) : type(e[0]) == 'bool' ? all(e, # == true) : {_NO_LISTS} : min(e)",
    "any": f"any(e, not {_FALSY})",
    "all": f"all(e, not {_FALSY})",
}


@dataclass(frozen=True, slots=True)
class Lookup:
    """Writes the expressions for one program. `lines` is always an expression for the input's text.

    `depth`: how many fan-outs there are inside of each other, at most. `reducers`: the builtins that they have.
    `loops`, `stored`, `typed`: whether lines of an iteration, of a value in the store, or of a declared parameter can
    be among the input. `left`: whether there can be texts that a program has left among the results of a fan-out.
    """

    depth: int
    reducers: tuple[str, ...]
    loops: bool = False
    stored: bool = False
    typed: bool = False
    left: bool = False

    @classmethod
    def of(cls, program: Program, *, stored: bool = False) -> Lookup:
        """What `program` needs."""
        nodes = [node for _, node in walk(program.graph)]
        reducers = {node.reducer for node in nodes if isinstance(node, FanOut) and node.reducer}
        loops = any(isinstance(node, Loop) for node in nodes)
        typed = any(one.kind != ANY for one in program.declared)
        left = any(isinstance(node, Task) and isinstance(node.action, OfOthers) for node in nodes)
        return cls(_depth(program.graph), tuple(sorted(reducers)), loops, stored, typed, left)

    def items(self, lines: str, name: str, *, by_value: bool, batch: int | None = None) -> str:
        """The items of the list `name`, as the JSON list of what `expressions.item_line` takes; else why it is none.

        With `batch`, a list of lists of so many of them.

        An item is ``[3,1000]``, its position and how many there are. With its value, ``[3,1000,"paris"]``; where the
        value is a line of a fan-out's results that is no JSON of a value, ``[3,1000,"<line>",1]``. It has no value
        where the list itself is in the store, or has been made by a reducer: then `item_line` names the list.
        """
        no_list = f"'the parameter {name} is not a list: ' + "
        reducers = [reducer for reducer in self.reducers if reducer != "list"]
        of_results = _listing(_element("r[#].out", left=self.left) if by_value else "", batch)
        each = f"let r = f[3][2]; let n = len(r); {of_results}"
        unreduced = " && (len(f[3]) == 3 || f[3][3] == 'list')" if reducers else ""
        cases = f"f[2] == 'each'{unreduced} ? ({each})"
        if self.stored:
            cases += f" : f[2] == 'object' && len(f[1]) == 0 && f[3] >= 0 ? (let n = int(f[3]); {_listing('', batch)})"
        if reducers:
            decoded = self._decoded("f", 0)
            cases += (
                f" : f[2] == 'each' ? (let v = {decoded}; type(v) != 'array' ? {no_list}toJson(v)"
                f" : (let n = len(v); {_listing('', batch)}))"
            )
        text = f"f[2] == 'text' ? {inert('f[3]')} : len(f[1]) == 0 ? f[3] ?? 'null' : 'null'"
        cases += (
            f" : (let t = trim({text}); not (t startsWith '[') ? {no_list}t"
            f" : (let x = {_ELEMENT}; let i = t[1:len(t) - 1];"
            f" sprig.regexReplaceAll(x, i, '') matches '[^ \\t\\r\\n,]'"
            f" ? 'the items of {name} are nested more than {MOST_NESTED} deep'"
            f" : (let e = sprig.regexFindAll(x, i, -1); let n = len(e);"
            f" {_listing('e[#]' if by_value else '', batch)})))"
        )
        return f"let f = {self._find(lines, repr(name))}; {cases}"

    def is_one_of(self, lines: str, name: str, texts: Iterable[str]) -> str:
        """Whether ``str(value)`` of the parameter `name` is one of `texts`."""
        known = ",".join(map(quoted, texts))
        number = f"(f0[2] == 'json' || f0[2] == 'text') && len(f0[1]) == 0 && f0[3] matches {NUMBER}"
        # A number's JSON is what `str` gives, and a text that only looks like one stays as it is: neither is decoded.
        text = (
            f"{number} ? trim(f0[3]) : f0[2] in ['', 'object'] ? nil : (let v = {self._decoded('f0', 0)};"
            " v == nil ? 'None' : v == true ? 'True' : v == false ? 'False' : type(v) == 'string' ? v"
            f" : type(v) in ['array', 'map'] ? nil : {self._number('f0', 'v')})"
        )
        return f"let f0 = {self._find(lines, repr(name))}; let t = ({text}); t != nil && t in [{known}]"

    def _number(self, f: str, v: str) -> str:
        """The text of `v`, found as `f`, which is no text. What items were reduced to is written as theirs.

        Go knows no float that is whole. Of whole numbers beyond 2**53 it may not know which one: that is an error.
        """
        if not {"max", "min", "sum"} & set(self.reducers):
            return f"toJson({v})"
        texts = f"map({f}[3][2], {self._find('#.out', f + '[0]')}[3])"
        own, exact = f"e{f}", f"abs({v}) <= 9007199254740992"
        return (
            f"({f}[2] != 'each' || type({v}) != 'float' ? toJson({v})"
            f" : (let {own} = filter({texts}, type(#) == 'string' && # matches {NUMBER}); let w{f} = toJson({v});"
            f" let s{f} = filter({own}, float(#) == {v}); let p{f} = any({own}, # matches '[.eE]');"
            f" {f}[3][3] != 'sum' && len(s{f}) > 0 ? ({exact} || all(s{f}, # == s{f}[0]) ? s{f}[0] : {own}[len({own})])"
            f" : not p{f} ? ({exact} ? w{f} : {own}[len({own})]) : w{f} matches '[.e]' ? w{f} : w{f} + '.0'))"
        )

    def text_of(self, lines: str, name: str) -> str:
        """The value of the parameter `name` as plain text: a text as it is, a number as it is written."""
        own = "len(f0[1]) == 0 && (f0[2] == 'json' || f0[2] == 'text') ? f0[3]"
        other = f"toJson({self._decoded('f0', 0)})" if self.reducers else "''"
        return f"let f0 = {self._find(lines, repr(name))}; trim({own} : {other}, '\"')"

    def text(self, lines: str, name: str, prefix: str) -> str:
        """The text that a program is given of the parameter `name`: a text as it is, all else as JSON; nil for none.

        `prefix` begins the names of the variables of the expression, which no expression around it may have.
        """
        return self.text_of_named(lines, repr(name), prefix)

    def text_of_named(self, lines: str, name: str, prefix: str) -> str:
        """The same of a parameter whose name is what the expression `name` gives."""
        f, v = f"{prefix}f", f"{prefix}v"
        string = "({0} startsWith '\"' ? fromJSON({0}) : {0})"
        decoded = f"(let {v} = {self._decoded(f, 0)}; type({v}) == 'string' ? {v} : {self._number(f, v)})"
        return (
            f"let {f} = {self._find(lines, name)}; {f}[2] == '' || {f}[2] == 'object' ? nil"
            f"{self._listed(f, 0)} : len({f}[1]) > 0 || {f}[2] == 'each' ? {decoded}"
            f" : {f}[2] == 'json' ? {string.format(f'{f}[3]')}"
            f" : {f}[3] matches {_JSON} ? {string.format(f'trim({f}[3])')} : {f}[3]"
        )

    def _listed(self, f: str, level: int) -> str:
        """A case: the JSON of a fan-out's results, of the texts of their values, so that no number becomes Go's."""
        if level == self.depth:
            return ""
        inner = f"{f}n"
        found = self._find("#['out']", f"{f}[0]")
        text = (
            f"let {inner} = {found};"
            f" {inner}[2] == 'json' && len({inner}[1]) == 0 ? {inner}[3]{self._listed(inner, level + 1)}"
            f" : toJson({self._decoded(inner, level + 1)})"
        )
        unreduced = f"(len({f}[3]) == 3 || {f}[3][3] == 'list')"
        return (
            f" : {f}[2] == 'each' && len({f}[1]) == 0 && {unreduced}"
            f" ? '[' + join(map({f}[3][2], {{ {text} }} ), ',') + ']'"
        )

    def is_true(self, lines: str, name: str) -> str:
        """Whether the parameter `name` is there and true."""
        return f"({self._value(lines, name)}) == true"

    def _value(self, lines: str, name: str) -> str:
        return f"({self._found_value(lines, repr(name), 0)})"

    def _found_value(self, lines: str, name: str, level: int) -> str:
        """The value of `name`; at each level, inside of the results of one fan-out more."""
        return f"let f{level} = {self._find(lines, name)}; {self._decoded(f'f{level}', level)}"

    def _find(self, lines: str, name: str) -> str:
        """What is carried after the last line."""
        return f"reduce(reverse({_DECODED.format(lines=lines)}), {self._line()}, [{name}, [], '', nil])"

    def _decoded(self, f: str, level: int) -> str:
        """The value of what has been found."""
        each = "nil"
        if level < self.depth:
            inner = self._found_value("#['out']", f"{f}[0]", level + 1)
            each = self._each(f, "map(" + f + "[3][2], {" + inner + " })")
        return (
            f"reduce({f}[1], #acc[#], {f}[2] == 'json' ? fromJSON({f}[3]){self._stored(f)}"
            f" : {f}[2] == 'text' ? ({f}[3] matches {_JSON} ? fromJSON({f}[3]) : {f}[3])"
            f" : {f}[2] == 'each' ? {each} : nil)"
        )

    def _line(self) -> str:
        left = _LEFT if self.left else ""
        items = f" : #[0][0] == 'number' ? #acc{_ITEM.replace('{left}', left)}" if self.depth else ""
        line = _ANY_LINE + (_TYPED if self.typed else "") + (_ITERATION if self.loops else "")
        return line + (_OBJECT if self.stored else "") + items + _EACH

    def _stored(self, f: str) -> str:
        """A list as long as the one that is in the store; nil for what is no list."""
        if not self.stored:
            return ""
        return f" : {f}[2] == 'object' ? ({f}[3] < 0 ? nil : {f}[3] == 0 ? [] : 0..(int({f}[3]) - 1))"

    def _each(self, f: str, values: str) -> str:
        if not self.reducers:
            return values
        cases = "".join(f"{f}[3][3] == '{name}' ? ({_REDUCED[name]}) : " for name in self.reducers)
        return f"(let e = {values}; len({f}[3]) == 3 ? e : {cases}e)"


def _listing(value: str, batch: int | None) -> str:
    """The items, `n` of them, each with the text `value`, in which `#` is the position; empty for none.

    With `batch`, a list of lists of so many items.
    """
    own = f" + ',' + ({value})" if value else ""
    first, then, last = "'['", "',['", "''"
    if batch:
        first, then, last = "'[['", f"# % {batch} == 0 ? '],[[' : ',['", "n == 0 ? '' : ']'"
    return (
        f"let m = ',' + string(n); '[' + join(map(0..n, # == n ? {last} : (# == 0 ? {first} : {then}) + string(#) + m"
        f"{own} + ']'), '') + ']'"
    )


def _element(out: str, *, left: bool) -> str:
    """The text of the value that has been found as `f`, in one of a fan-out's results; else its line, as a string."""
    typed = "type(#[0][1]) == 'string' && len(#[0]) == 2 ? #[0][0] == f[0] : " if left else ""
    found = "type(#[0]) == 'map' ? f[0] in #[0] : " + typed + "#[0][0] == 'object' ? #[0][1] == f[0] : f[0] in #[0][1]"
    value = _JSON_OF.format(line="l", name="f[0]")
    return (
        f"(let l = reduce({_DECODED.format(lines=out)}, ({found}) ? # : #acc, [nil, '']);"
        f" type(l[0]) == 'map' ? ({value}) : toJson(l[1]) + ',1')"
    )


def _depth(node: Node) -> int:
    """How many fan-outs are inside of each other in `node`, itself included."""
    inner = max(map(_depth, children(node)), default=0)
    match node:
        case FanOut():
            return inner + 1
        case Task() | Graph() | Switch() | Loop():
            return inner
