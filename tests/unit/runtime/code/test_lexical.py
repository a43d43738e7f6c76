"""Functions, comments and texts are found where Python's library finds them."""

import ast
import inspect
import linecache
import sys

import pytest

from runnable_runtime.code import hashing, lexical

AWKWARD = [
    "def f(): return 1\nx = 2\n",
    "def f(\n    a,\n    b=(1,\n2),\n) -> int:\n    return a\n\n\n# of the next\ndef g(): ...\n",
    "class A:\n    @w(lambda: 1)\n    @wrap\n    def f(self):\n        return 1\n        # in\n\n    # no\n    x = 1\n",
    'class A:\n    async def f(self):\n# far left\n        return 1  # """\n',
    'def f():\n    """A text.\n\nat the left: # no comment\n    """\n    return "# neither" + \'"\' # this\nx = 1\n',
    "def f():\n    a = '''\\'''\n# text\n''' + r'\\\\'  # one\n    return '' + \"\" + ''''''\nx = 1\n",
    "def f():\n    a = 1 + \\\n2\n    b = 'x\\\ny'\n    return [\n# comment\n1,\n]\nx = 1\n",
    "def f():\n\tif x:\n\t\treturn {\n}\n\treturn f'{x}#'\nx = 1\n",
    "if x:\n    def f():\n        pass\nelse:\n    def g(): pass\n    x = 1\n",
    "def f():\n    pass\n\n\n    # the end\n",
    "def f():\n" + "    # many\n" * 100 + "    x = '''\n" + "at the left\n" * 100 + "'''\n    return x\ny = 1\n",
    "def f():\n    \f\n    return 1\nx = 1\n",
]
LIBRARY = [ast, linecache, hashing, sys.modules["inspect"]]


def functions_of(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1


def plain_by_library(text, monkeypatch):
    def refuse(_text):
        raise lexical.Unclear

    with monkeypatch.context() as patched:
        patched.setattr(hashing, "marks", refuse)
        return hashing.plain(text)


@pytest.mark.parametrize("text", [*AWKWARD, *(pytest.param(inspect.getsource(m), id=m.__name__) for m in LIBRARY)])
def test_a_function_is_the_same_text_without_its_comments(text, monkeypatch):
    lines = text.splitlines(keepends=True)
    found = list(functions_of(text))
    assert found
    for first in found[:60]:
        expected = plain_by_library("".join(inspect.getblock(lines[first:])), monkeypatch)
        try:
            block = lexical.block(lines, first)
        except lexical.Unclear:
            assert "\f" in text or sys.version_info >= (3, 12)
        else:
            assert hashing.plain(block) == expected


@pytest.mark.parametrize("text", ["", "x = 1\n", "def f(:\n    '''\n", "def f():\n    (\n", "lambda: 1\n"])
def test_what_is_no_function_is_asked_of_the_library(text):
    with pytest.raises(lexical.Unclear):
        lexical.block(text.splitlines(keepends=True), 0)


def test_what_is_no_python_stays_as_it_is():
    text = 'x = """  \n# y  '
    assert hashing.plain(text) == text


@pytest.mark.skipif(sys.version_info < (3, 12), reason="a text has no code of its own before")
def test_texts_with_code_are_asked_of_the_library():
    with pytest.raises(lexical.Unclear):
        list(lexical.marks("f'{x!r:{'#'}}'"))
