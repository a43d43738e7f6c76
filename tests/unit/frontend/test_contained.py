"""Which files leave nothing in a process that loads them, as their text shows."""

import sys
from pathlib import Path

import pydantic
import pytest

import runnable
from runnable.frontend.contained import is_contained
from runnable.frontend.contained.kinds import SDK

PLAIN = """
from runnable import Map, Pipeline, PythonTask, Stub
import runnable as r

def work(x: int = 1, *, names: list[str] | None = None) -> int:
    import os
    os.environ["SET"] = "by a task"
    return x

"""
CONTAINED = {
    "nothing": "",
    "main": "def main():\n    p = Pipeline(steps=[Stub(name='a')])\n    p.execute()\n    return p\n",
    "guard": "if __name__ == '__main__':\n    Pipeline(steps=[PythonTask(name='w', function=work)]).execute()\n",
    "package": "p = r.Pipeline(steps=[r.Stub(name='a')])",
    "loops": "steps = []\nfor i in range(3):\n    steps.append(Stub(name=f'a{i}'))\np = Pipeline(steps=steps)",
    "comprehensions": "p = Pipeline(steps=[Stub(name=n.title()) for n in 'a b'.split() if n != 'b'])",
    "functions of its own": "def leaf(n):\n    return Stub(name=f'{n}')\np = Pipeline(steps=[leaf('a'), leaf(n='b')])",
    "a function of another module": "from steps import other\np = PythonTask(name='o', function=other).as_pipeline()",
    "all of another module": "from steps import *\np = Pipeline(steps=[PythonTask(name='o', function=other)])",
    "all of this package": "from runnable import *\np = Pipeline(steps=[Stub(name='a')])",
    "module": "import steps\np = Pipeline(steps=[PythonTask(name='o', function=steps.other)])",
    "package of the project": "from inner.deep import far\np = Pipeline(steps=[PythonTask(name='o', function=far)])",
    "library": "import json, sys\nfrom pathlib import Path\np = PythonTask(name='o', function=json.dumps)",
    "classes": "from dataclasses import dataclass\n@dataclass\nclass A:\n    x: int = 1\n    def f(self) -> int: ...\n",
    "models": "from pydantic import BaseModel\nclass A(BaseModel):\n    x: int\nclass B(A):\n    y: 'list[A]' = []\n",
    "settings": "from steps import SETTINGS\np = Pipeline(steps=[Stub(name='a')], name=SETTINGS['name'])",
    "attributes of what is made": "p = Pipeline(steps=[Stub(name='a')])\np.name = 'b'\nd = {}\nd['x'] = p\n",
    "order": "a = Stub(name='a')\nb = Stub(name='b').after(a)\np = Pipeline(steps=[a, b])",
    "choices": "n = 2\nkind = 'x' if n > 1 else 'y'\nif n:\n    kind += 'z'\nassert kind == 'xz'\n",
    "branches by name": "from steps import other\nfs = {'a': other}\n"
    "p = [PythonTask(name=k, function=f) for k, f in [('a', 'b')]]",
    "an error": "Pipeline(steps=[Stub(name=1 / 0)])",
    "coroutine": "async def fetch() -> int:\n    return 1\np = Pipeline(steps=[PythonTask(name='f', function=fetch)])",
}
NOT_CONTAINED = {
    "environment": "import os\nos.environ['A'] = 'b'",
    "environment by a method": "import os\nos.environ.update(A='b')",
    "working folder": "import os\nos.chdir('/')",
    "path": "import sys\nsys.path.insert(0, 'x')",
    "a variable of another module": "import json\njson.loads = None",
    "a variable of another module, by another name": "import json\nx = json\nx.loads = None",
    "a variable of what is in a list": "import json\nx = [json]\nx[0].loads = None",
    "a variable of what is in a list, by a loop": "import json\nfor x in [json]:\n    x.loads = None",
    "a variable of a class of this package": "Pipeline.x = 1",
    "a variable of this package": "r.x = 1",
    "a method of what is in a list": "import sys\nxs = []\nxs.append(sys.path)\nxs[0].append('x')",
    "a method of what a dict gives": "import sys\nxs = {'p': sys.path}\nxs.get('p').append('x')",
    "a method of what a list gave up": "import sys\nxs = [sys.path]\nx = xs.pop()\nx.append('x')",
    "a list of another module": "from sys import path\npath.append('x')",
    "a list of another module, added to": "from sys import path\npath += ['x']",
    "an item of another module": "from sys import modules\nmodules['x'] = None",
    "a function of another module": "from steps import other\nother()",
    "a function of another module under a name of Python's": "from steps import other as print\nprint()",
    "a function that hides one of Python's": "def leaf(list):\n    return list()\nfrom steps import other\nleaf(other)",
    "a function of this package that reads": "x = r.load('latest', 's', 'x')",
    "what all of this package has beside": "from runnable import *\nload('latest', 's', 'x')",
    "a function that hides one of ours": "from hiding import *\nStub(name='a')",
    "all of another module, which hides one of its own": "x = 1\nfrom steps import *\nwork()",
    "a function that is handed one": "import os\ndef call(f):\n    return f('x')\ncall(os.mkdir)",
    "main": "def main():\n    import sys\n    sys.setrecursionlimit(5000)\n",
    "a function that is called": "def set_up():\n    import sys\n    sys.path.clear()\nset_up()",
    "a class's making": "class A:\n    print('made')\n    open('x')\n",
    "what classes are made of": "from steps import Base\nclass A(Base): ...",
    "a metaclass": "class M(type): ...\nclass A(metaclass=M): ...",
    "a method at the making of a class": "class A:\n    def __init_subclass__(cls): open('x')\nclass B(A): ...",
    "a list by another name": "import sys\na = []\nb = a\na.append(sys)\nx = b[0]\nx.path = 1",
    "a list that is made later": "import sys\na = []\ng = (x for x in a)\na.append(sys)\nfor x in g:\n    x.path = 1",
    "a dict by another name": "import sys\na = {}\nb = a\na['x'] = sys\nx = b['x']\nx.path = 1",
    "a name that means another thing in its fourth turn": "import sys\nx = y = z = []\nfor i in range(4):\n"
    "    z.path = 1\n    z = y\n    y = x\n    x = sys\n",
    "a name of the function around": "import sys\nx = []\ndef f():\n    x = sys\n    def g():\n        y = x\n"
    "        y.path = 1\n    g()\nf()",
    "a default of a lambda": "x = lambda y=open('x'): y",
    "all that a package names": "from inner import *",
    "a decorator": "from steps import other\n@other\ndef f(): ...",
    "a decorator called dataclass": "from steps import dataclass\n@dataclass\nclass A: ...",
    "a default": "def f(x=open('x')): ...",
    "an annotation": "def f(x: open('x')): ...",
    "an annotation in a text": "def f(x: 'open(1)'): ...",
    "a text of something else": "import json\nx = f'{json}'",
    "an operation": "from steps import other\nx = other % 1",
    "a module of the project that does something": "import does",
    "a module that is not loaded": "import antigravity",
    "a module that is nowhere": "import nowhere_at_all",
    "relative imports": "from . import steps",
    "try": "try:\n    x = 1\nfinally:\n    pass",
    "with": "with open('x') as f: ...",
    "while": "while True: ...",
    "global": "def f():\n    global x\n    x = 1\nf()",
    "deletion": "import json\ndel json.loads",
    "await": "x = (yield)",
    "walrus": "(x := 1)",
    "module hook": "def __getattr__(name): open('x')",
    "a syntax error": "x = = 1",
    "more calls than anybody reads": "def f0(): ...\n"
    + "".join(f"def f{n}():\n    f{n - 1}()\n    f{n - 1}()\n" for n in range(1, 19))
    + "f18()\n",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "pyproject.toml": "",
        "steps.py": "SETTINGS = {'name': 'x'}\ndef other(x: int): ...\nclass Base: ...\ndef dataclass(c): ...\n",
        "does.py": "open('x')\n",
        "hiding.py": "def Stub(name): open('x')\n",
        "inner/__init__.py": "__all__ = ['deep']\n",
        "inner/deep/__init__.py": "def far(): ...\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contained(project: Path, text: str) -> bool:
    first, _, rest = text.partition("\n")
    (project / "p.py").write_text(f"{first}\n{PLAIN}{rest}" if "import *" in first else PLAIN + text)
    return is_contained("p.py", {**sys.modules, "pydantic": pydantic, "dataclasses": sys})


@pytest.mark.parametrize("text", CONTAINED.values(), ids=CONTAINED)
def test_a_file_that_only_defines_is_contained(text: str, project: Path) -> None:
    assert contained(project, text)


@pytest.mark.parametrize("text", NOT_CONTAINED.values(), ids=NOT_CONTAINED)
def test_one_that_may_reach_others_is_not(text: str, project: Path) -> None:
    assert not contained(project, text)


def test_a_module_of_the_project_that_hides_another_one_is_not(project: Path) -> None:
    (project / "json.py").write_text("")
    (project / "pydantic").mkdir()
    assert not contained(project, "import json")
    assert not contained(project, "import pydantic")
    assert contained(project, "")


def test_neither_yaml_nor_a_member_of_a_file_is(project: Path) -> None:
    assert contained(project, "p = Pipeline(steps=[Stub(name='a')])")
    assert not is_contained("p.py:p", sys.modules)
    assert not is_contained("p.yaml", sys.modules)


def test_what_a_file_may_call_of_this_package_is_all_that_it_has_but_what_does_something() -> None:
    public = {name: getattr(runnable, name) for name in runnable.__all__}
    errors = {name for name, one in public.items() if isinstance(one, type) and issubclass(one, Exception)}
    assert set(runnable.__all__) - errors - SDK == {"card", "load"}
