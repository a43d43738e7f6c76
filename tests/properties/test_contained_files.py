"""Files that are put together at random: those that are called contained touch nothing of another module's.

What the other module has notes whatever is done to it: each of its objects' methods, each call, each class made of one.
"""

import builtins
import dataclasses
import logging
import os
import sys
from contextlib import chdir, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runnable.frontend import loading
from runnable.frontend.contained import is_contained

LOADED = (dataclasses, logging, pydantic)
"""What each file imports beside: so it is loaded already."""
BEGIN = """
import logging
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Optional

import witness
from pydantic import BaseModel
from runnable import Map, Pipeline, PythonTask, Stub
from witness import DICT, LIST, OBJECT, Class, function

def work(x: int = 1): ...

a = b = c = []
"""
WITNESS = """
__path__, __file__ = [], "witness.py"  # for which whoever imports asks
NOTED = []
def note(name):
    def noted(*given, **named):
        NOTED.append(name)
        raise TypeError(name)
    return noted

class Object:
    __hash__ = object.__hash__
for _name in (
    "__getattr__ __setattr__ __delattr__ __getitem__ __setitem__ __delitem__ __iter__ __next__ __len__ "
    "__contains__ __call__ __str__ __repr__ __format__ __bool__ __eq__ __lt__ __add__ __radd__ __iadd__ "
    "__or__ __ror__ __mod__ __rmod__ __set_name__ __get__ __enter__ __index__ __int__ __float__ keys items "
    "append update fspath __fspath__ __rshift__"
).split():
    setattr(Object, _name, note(_name))

class Class:
    __init_subclass__ = classmethod(note("init_subclass"))
    __class_getitem__ = classmethod(note("class_getitem"))
    __init__ = note("init")

OBJECT = Class.x = Object()
LIST = [[], {}, 1]
DICT = {"k": [], "x": 1}
function = note("function")
__getattr__ = note("module's attribute")
"""
STEPS = "X = []\nY = {'k': X}\ndef made(p=X):\n    return [p]\ndef put(p, q):\n    p.append(q)\n    return p\n"

NAMES = st.sampled_from(["a", "b", "c", "p", "x", "print", "made", "exec"])
LEAVES = st.one_of(
    NAMES,
    st.sampled_from(
        ["[]", "{}", "1", "'k'", "None", "LIST", "DICT", "OBJECT", "Class", "function", "witness.LIST", "work"]
    ),
    st.sampled_from(
        ["witness.DICT['k']", "LIST[0]", "witness.late", "Class.x", "Stub(name='s')", "Path('x')", "X", "made"]
    ),
)
WITH_ONE = """
[{0}] | {{'k': {0}}} | {0}[0] | {0}['k'] | {0}.x | {0}.k | {0}.pop() | {0}.copy() | {0}.values() | list({0})
| dict(k={0}) | str({0}) | f'{{{0}}}' | '{{0}}'.format({0}) | '{{0.x}}'.format({0}) | [y for y in {0}]
| (y for y in {0}) | [*{0}] | (lambda y={0}: y) | Stub(name={0}) | PythonTask(name='w', function={0})
| Stub(name='x', **{0}) | Map(name='m', reducer={0}) | enumerate({0}) | made({0}) | Path({0})
| logging.getLogger({0}) | print({0}) | Optional[{0}] | {0}() | tuple({0}) | {0}.get('k', LIST)
| Pipeline(steps={0}) | {0}.__class__ | {0}.name | {0}.replace('x') | ','.join({0})
| Parameter(name='x', type={0}) | put([], {0}) | next(iter({0}))
"""
WITH_TWO = """
{0} + {1} | {0} or {1} | {0} if {1} else {0} | {0} == {1} | {0}.get('k', {1}) | {0}.pop('k', {1})
| zip({0}, {1}) | [{0}, {1}] | put({0}, {1}) | {0}.append({1}) | {0}.setdefault('k', {1}) | [{0} for y in {1}]
| max({0}, {1}) | {0} >> {1} | {0} | {1}
"""
STATEMENTS = """
{n} = {0} | {n} = {0} | {n}, {m} = {0} | {n} = {m} = {0} | {n} += {0} | {n}.append({0}) | {n}.extend({0})
| {n}['k'] = {0} | {n}.x = {0} | {n}: {0} = {1} | assert {0}, {1} | {0} | {n} = {m} | {n} |= {0} | {n}.update({0})
| {n}.update(k={0}) | {n}[{0}]: int | return {0} | from steps import * | import steps as {n}
| from witness import {n} | from steps import X as {n} | from runnable import Stub as {n}
"""
BLOCKS = """
for {n} in [*{0}]: | if {0}: | def made(p={0}): | def {n}(p): | class C: | class {n}(Class): | class C(Enum):
| class C(BaseModel): | @dataclass;class C: | @{n};def g(): | async def main(): | def main(): | class C({n}):
| for {n}.x in [*{0}]: | def put(p: {0}, q={1}):
"""


def _split(text: str) -> list[str]:
    return [one.strip() for one in text.replace("\n|", " | ").strip().split(" | ") if one.strip()]


def expressions() -> st.SearchStrategy[str]:
    def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        one = st.builds(lambda form, x: form.format(x), st.sampled_from(_split(WITH_ONE)), inner)
        two = st.builds(
            lambda form, x, y: form.format(x, y), st.sampled_from([*_split(WITH_TWO), "{0} | {1}"]), inner, inner
        )
        return one | two

    return st.recursive(LEAVES, larger, max_leaves=4)


def _filled(form: str, name: str, other: str, one: str, two: str) -> str:
    return form.format(one, two, n=name, m=other)


SIMPLE = st.builds(_filled, st.sampled_from(_split(STATEMENTS)), NAMES, NAMES, expressions(), expressions())
HEADS = st.builds(_filled, st.sampled_from(_split(BLOCKS)), NAMES, NAMES, expressions(), expressions())


def _block(head: str, body: list[str]) -> str:
    return "\n".join([*head.split(";"), *(f"    {line}" for line in body)])


FILES = st.lists(SIMPLE | st.builds(_block, HEADS, st.lists(SIMPLE, min_size=1, max_size=3)), min_size=1, max_size=8)


def state(witness: ModuleType) -> Any:
    """All that a file could have changed."""
    of_class = [name for name in vars(witness.Class) if name != "__annotations__"]  # made when it is asked for
    inside = [repr(witness.LIST), repr(witness.DICT), [*vars(witness)], of_class, vars(witness.OBJECT).copy()]
    return (
        inside,
        [*vars(builtins)],
        [*map(id, vars(builtins).values())],
        dict(os.environ),
        sorted({*os.listdir(".")} - {"__pycache__"}),
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").touch()
    (folder / "steps.py").write_text(STEPS)
    (folder / "p.py").touch()
    return folder


def see(project: Path, body: list[str]) -> bool:
    """Load a file if it is contained, and see that nothing is noted; whether it is."""
    witness = sys.modules["witness"] = ModuleType("witness")
    exec(WITNESS, vars(witness))
    (project / "p.py").write_text(BEGIN + "\n".join(body) + "\n")
    path, arguments, main = [*sys.path], sys.argv, sys.modules["__main__"]
    with chdir(project):
        try:
            if not is_contained("p.py", {*sys.modules}):
                return False
            before = state(witness)
            with suppress(Exception):
                loading.load("p.py")
            assert not witness.NOTED, witness.NOTED
            after = state(witness)
            assert after == before
            return True
        finally:
            sys.path[:], sys.argv, sys.modules["__main__"] = path, arguments, main
            del sys.modules["witness"]
            sys.modules.pop("steps", None)


@settings(max_examples=300)
@given(FILES)
def test_a_file_that_is_contained_touches_nothing_of_another_module(project: Path, body: list[str]) -> None:
    see(project, body)
