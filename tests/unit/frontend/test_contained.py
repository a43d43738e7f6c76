"""Which files leave nothing in a process that loads them, as their text shows."""

import importlib
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType

import pydantic
import pytest

import runnable
from runnable.frontend.contained import is_contained
from runnable.frontend.contained.kinds import SDK
from runnable.frontend.contained.methods import FROM_PATHS

PLAIN = """
from runnable import Map, NotebookTask, Parameter, Pipeline, PythonTask, Stub
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
    "a function of another module that makes something": "from steps import stub, other\nother(1)\nx = [stub('a')]",
    "what a class of the project's is made of": "from steps import Base\nclass A(Base): ...",
    "paths": "from pathlib import Path\nHERE = Path(__file__).resolve().parent\n"
    "p = NotebookTask(name='n', notebook=str(HERE / 'x.ipynb'))\nif (HERE / 'x').exists():\n    q = f'{HERE.stem}'",
    "the environment, read": "import os\nimage = os.environ['I'] \n"
    "other = os.environ.get('I', 'x') + os.getenv('I', '')",
    "keywords that several have": "MORE = {'retry': 1}\np = PythonTask(name='w', function=work, **MORE)",
    "a logger": "import logging\nlogger = logging.getLogger(__name__)",
    "times": "from datetime import datetime, timedelta\nWEEK = 7 * timedelta(days=1)\n"
    "SINCE = datetime(2026, 1, 1) - WEEK",
    "declared fields": "from dataclasses import dataclass, field\nfrom pydantic import BaseModel, ConfigDict, Field\n"
    "from typing import Annotated\n@dataclass(frozen=True)\nclass A:\n    x: list[int] = field(default_factory=list)\n"
    "class B(BaseModel):\n    model_config = ConfigDict(extra='forbid')\n"
    "    x: Annotated[int, Field(gt=0)] = Field(3)\n",
    "members": "from enum import Enum\nclass A(str, Enum):\n    X = 'x'\n    def low(self): ...\n"
    "p = Stub(name=A.X.value)\ndef f(a: A = A['X']): ...",
    "classes that tasks make": "class A:\n    def __init__(self): open('x')\n    def items(self): ...\n"
    "class E(Exception):\n    def __str__(self): ...\n",
    "types": "import datetime\nfrom typing import Literal, Optional\n"
    "def f(a: Literal['open(1)', 'b-c'], b: Optional['datetime.date'] = None, c: 'dict[str, int] | None' = None): ...\n"
    "p = [Parameter(name='a', type=list[int]), Parameter(name='b', type=float | None)]",
    "reducers": "from steps import other\n"
    "for n in ('a',):\n    Map(name=n, reducer={'a': 'max', 'b': other, 'c': 'steps.other', 'd': 'lambda x: x'})",
    "Python's names in a function": "def f(type, id):\n    input = [type, id]\n    return input\nx = f('a', 'b')",
    "very long texts": f"x = {' + '.join(['work.__name__'[:0] + repr('a')] * 60)}",
    "branches by name": "from steps import other\nfs = {'a': other}\n"
    "p = [PythonTask(name=k, function=f) for k, f in [('a', 'b')]]",
    "an error": "Pipeline(steps=[Stub(name=1 / 0)])",
    "coroutine": "async def fetch() -> int:\n    return 1\np = Pipeline(steps=[PythonTask(name='f', function=fetch)])",
}
AT_THE_MAKING_OF_CLASSES = {
    "a class that sets a variable of another module": "import json\nclass A:\n    json.loads = None",
    "the same with a type": "import json\nclass A:\n    json.loads: int = None",
    "a class that hides a function of Python's": "import os\nclass A:\n    print = os.mkdir\n    x = print('x')",
    "a class that hides a function of its file": "def leaf(n): ...\nimport os\nclass A:\n    leaf = os.mkdir\n"
    "    x = leaf('x')",
    "a class whose comprehension knows the module's names": "from sys import path\nz = path\nclass A:\n    z = []\n"
    "    x = [z for _ in [1]]\n    y = [one.append('x') for one in x]",
    "members that are made": "from enum import Enum\nclass A(Enum):\n    X = 1\n"
    "    def __init__(self, value): open('x')",
    "members that are shown": "from enum import Enum\nclass A(Enum):\n    X = 1\n    def __repr__(self): open('x')",
    "members that are looked through": "from enum import Enum\nclass A(dict, Enum):\n    X = {}\n"
    "    def items(self): open('x')",
    "members of a value that is missing": "from enum import Enum\nclass A(Enum):\n    X = 1\n    @classmethod\n"
    "    def _missing_(cls, value): open('x')",
    "models that are made": "from pydantic import BaseModel\nclass A(BaseModel):\n"
    "    def __init__(self, **values): open('x')",
    "models that have been made": "from pydantic import BaseModel\nclass A(BaseModel):\n"
    "    def model_post_init(self, context): open('x')",
    "models that inherit it": "from pydantic import BaseModel\nclass M:\n    def model_post_init(self, _): open('x')\n"
    "class A(M, BaseModel): ...",
    "a text that is made": "class A(str):\n    def __init__(self, value): open('x')",
    "a function that names fields": "from pydantic import BaseModel\nclass A(BaseModel):\n"
    "    model_config = {'alias_generator': lambda name: open(name)}\n    x: int",
    "a function that makes defaults": "from pydantic import BaseModel, Field\nclass A(BaseModel):\n"
    "    x: int = Field(default_factory=lambda: open('x'))",
    "a method at the making of a class, assigned": "class A:\n    __init_subclass__ = lambda **_: open('x')\n"
    "class B(A): ...",
    "what has __set_name__": "from library import FIELD\nclass A:\n    x = FIELD",
    "a decorator called property": "from library import act as property\nclass A:\n    @property\n    def f(self): ...",
    "members with an attribute that is worked out": "from enum import Enum\nclass A(Enum):\n    X = 1\n    @property\n"
    "    def func(self): open('x')",
    "members of a class of such": "from enum import Enum\nclass M(Enum):\n    @property\n"
    "    def func(self): open('x')\nclass A(M):\n    X = 1",
    "a function of another class under a name that is called": "from pydantic import BaseModel\nclass A:\n"
    "    def hook(self, _): open('x')\nclass B(BaseModel):\n    model_post_init = A.hook",
    "an error of a package": "from library import NotedError\nclass A(NotedError): ...",
    "a base that is called Exception": "from library import Noted as Exception\nclass A(Exception): ...",
}
NAMES_THAT_MEAN_ANOTHER_THING = {
    "a coroutine called main": "async def main():\n    open('x')",
    "a function of another module called main": "from steps import act as main",
    "the same, of all of another module": "from mains import *",
    "a lambda called main": "main = lambda: open('x')",
    "a function that is not defined": "if False:\n    def exec(text): ...\nexec('1')",
    "a class of this package that is not imported": "if False:\n    from runnable import Stub as exec\nexec('1')",
    "a turn that there is not": "for exit in []: ...\nexit.name = 'x'",
    "Python's names, by a name that is not given": "for __builtins__ in []: ...\n__builtins__['len'] = None",
    "module hook": "def __getattr__(name): open('x')",
    "module hook, assigned": "__getattr__ = lambda name: open('x')",
    "module hook, imported": "from steps import act as __getattr__",
    "where a package's modules are": "__path__ = ['x']",
    "all that this package has, over one of its own": "from runnable import *\ndef load(*a): ...\n"
    "load('latest', 's', 'x')",
    "the module that is run": "from __main__ import x",
    "a default that means another thing where it is called": "from sys import path\nz = path\n"
    "def f(x=z):\n    x.append('x')\ndef g():\n    z = []\n    f()\ng()",
}
KEPT_UNDER_ANOTHER_NAME = {
    "a list by another name, added to": "import json\na = []\nb = a\nb += [json.loads]\nfor x in a:\n    x.a = 1",
    "a default of what a dict gives": "from sys import path\nx = {}.get('x', path)\nx.append('x')",
    "a default of what a dict gave up": "from sys import path\nx = {}.pop('x', path)\nx.append('x')",
    "what is made later": "from sys import path\nz = []\ng = (z for _ in [1])\nz = [path][0]\nfor x in g:\n"
    "    x.append('x')",
    "what is made later, numbered": "from sys import path\nz = []\ng = enumerate(z for _ in [1])\nz = [path][0]\n"
    "for _, x in g:\n    x.append('x')",
}
CALLED_BY_WHAT_IS_CALLED = {
    "a message of an assertion": "assert False, open('x')",
    "an item that has a type": "x = {}\nx[open('x')]: int",
    "keywords of another module": "from library import SETTINGS\nStub(name='a', **SETTINGS)",
    "what another module gives, joined": "from library import SETTINGS\nx = ','.join(SETTINGS)",
    "an attribute in a format": "from library import SETTINGS\nx = '{0.x}'.format(SETTINGS)",
    "an attribute in a format of what is made here": "t = Stub(name='w')\nx = '{0.function}'.format(t)",
    "an item in a format": "x = '{0[x]}'.format({})",
    "an attribute in the layout of a format": "x = '{0:{1.x}}'.format(1, 2)",
    "a format that is made": "f = '{0' + '.x}'\nx = f.format(1)",
    "an attribute that is worked out": "from library import SETTINGS\nx = SETTINGS.x",
    "a module's attribute that is worked out": "import library\nx = library.late",
    "an object that says of what type it is": "from library import POSING",
    "a default of a variable": "import os\nx = os.environ.get('x', default=open('x'))",
    "an item that is worked out": "from library import COUNTS\nx = COUNTS['x']",
    "an item that is worked out, in an annotation": "from library import COUNTS\ndef f(x: COUNTS['x']): ...",
    "an object that shows itself": "from library import SETTINGS\nx = [PythonTask(name='a', function=SETTINGS)]",
    "an object that shows itself, in a list": "from library import LISTED\nx = PythonTask(name='a', function=LISTED)",
    "a path that is renamed": "from pathlib import Path\nPath('x').replace('y')",
    "a path that is renamed, in a list": "from pathlib import Path\nx = [Path('x')]\nx[0].replace('y')",
    "a path that is made": "from pathlib import Path\nPath('x').mkdir()",
}
LATER = {
    "a reducer that is imported": "Map(name='m', branch=1, iterate_on='a', iterate_as='b', reducer='does.f')",
    "the same, set": "m = Map(name='m')\nm.reducer = 'does.f'",
    "the same, taken apart": "k = {'reducer': 'does.f'}\nMap(**k)",
    "the same, of a name": "f = 'does.f'\nMap(reducer=f)",
    "the same, of a class": "class A:\n    f = 'does.f'\nMap(reducer=A.f)",
    "the same, of each return": "Map(reducer={'x': 'does.f'})",
    "a default of a reducer's text": "Map(reducer='lambda xs, y=open(1): xs')",
    "a type whose values are imported": "from pydantic import ImportString\ndef f(x: ImportString = 'does.f'): ...",
    "a model of a package, which is made of what is given": "from library import Model\ndef f(x: Model): ...",
    "a type in a text that means something later": "def f(x: 'SETTINGS'): ...\nfrom library import SETTINGS",
    "a type in a text that looks through another module": "from library import SETTINGS\n"
    "def f(x: '[y for y in SETTINGS]'): ...",
    "a type in a text in a text": "def f(x: list['open(1)']): ...",
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
    "a function of a library": "from os import mkdir\nmkdir('x')",
    "a function of another module that does something": "from steps import act\nact()",
    "the same, by its module": "import steps\nsteps.act()",
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
    "what classes are made of": "from json import JSONEncoder\nclass A(JSONEncoder): ...",
    **AT_THE_MAKING_OF_CLASSES,
    **NAMES_THAT_MEAN_ANOTHER_THING,
    **KEPT_UNDER_ANOTHER_NAME,
    **CALLED_BY_WHAT_IS_CALLED,
    **LATER,
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
    "a syntax error": "x = = 1",
    "more calls than anybody reads": "def f0(): ...\n"
    + "".join(f"def f{n}():\n    f{n - 1}()\n    f{n - 1}()\n" for n in range(1, 19))
    + "f18()\n",
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = {
        "pyproject.toml": "",
        "steps.py": "SETTINGS = {'name': 'x'}\ndef other(x: int): ...\nclass Base: ...\ndef dataclass(c): ...\n"
        "def act(*_): open('x')\ndef stub(name):\n    return made(name)\n"
        "def made(name):\n    from runnable import Stub\n    return Stub(name=name)\n",
        "mains.py": "def main(): open('x')\n",
        "does.py": "open('x')\n",
        "hiding.py": "def Stub(name): open('x')\n",
        "inner/__init__.py": "__all__ = ['deep']\n",
        "inner/deep/__init__.py": "def far(): ...\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "library", library())
    return tmp_path


def library() -> ModuleType:
    """A package that is installed and loaded, and whose objects do something where they can."""
    made = ModuleType("library")
    exec(LIBRARY, vars(made))
    return made


LIBRARY = """
from collections import defaultdict
from pydantic import BaseModel

class Settings:
    def act(self, *_):
        open('x')
    keys = __getattr__ = __getitem__ = __iter__ = __repr__ = __eq__ = __format__ = __set_name__ = act
    __hash__ = object.__hash__

class Noted:
    def __init_subclass__(cls):
        open('x')

class NotedError(Exception):
    __init_subclass__ = Noted.__dict__["__init_subclass__"]

class Model(BaseModel):
    def model_post_init(self, _):
        open('x')

class Posing:
    @property
    def __class__(self):
        open('x')

def act(*_):
    open('x')

SETTINGS = FIELD = Settings()
LISTED = [SETTINGS]
POSING = Posing()
COUNTS = defaultdict(int)
__getattr__ = act
"""


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


def test_a_module_is_looked_at_where_python_finds_it(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = project / "elsewhere"
    (installed / "in_two_places").mkdir(parents=True)
    (installed / "in_two_places" / "__init__.py").write_text("open('x')")
    (project / "in_two_places").mkdir()
    assert contained(project, "import in_two_places")  # a folder without any module
    monkeypatch.syspath_prepend(installed)
    assert not contained(project, "import in_two_places")  # a package goes before such a folder, wherever it is
    (project / "in_two_files.py").write_text("")
    assert contained(project, "import in_two_files")
    (installed / "in_two_files.py").write_text("open('x')")
    importlib.invalidate_caches()
    monkeypatch.syspath_prepend(project)
    assert contained(project, "import in_two_files")
    monkeypatch.syspath_prepend(installed)
    assert not contained(project, "import in_two_files")


@pytest.mark.parametrize("suffix", [EXTENSION_SUFFIXES[0], ".pyc"])
def test_a_module_without_text_is_not_looked_at(suffix: str, project: Path) -> None:
    (project / "inner" / f"built{suffix}").touch()
    (project / "inner" / "built").mkdir()
    (project / f"other{suffix}").touch()
    (project / "inner" / "__init__.py").write_text("")
    assert contained(project, "import inner")
    assert not contained(project, "import inner.built")
    assert not contained(project, "from inner import built")
    assert not contained(project, "import other")


def test_one_that_stays_in_a_process_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "site-packages" / "p"
    project.mkdir(parents=True)
    (project / "pyproject.toml").touch()
    (project / "mine.py").touch()
    monkeypatch.chdir(project)
    assert contained(project, "")
    assert not contained(project, "import mine")


def test_a_package_s_own_modules_may_be_imported_while_it_is_and_not_what_it_has(project: Path) -> None:
    (project / "inner" / "__init__.py").write_text("from inner.deep import far\nX = []\n")
    assert contained(project, "from inner import far\nfar()")
    (project / "inner" / "deep" / "__init__.py").write_text("from inner import X\ndef far(): ...\n")
    assert not contained(project, "from inner import far")


def test_a_part_of_a_pipeline_has_nothing_that_a_path_has() -> None:
    for name in SDK:
        assert FROM_PATHS.isdisjoint(dir(getattr(runnable, name)))


def test_neither_yaml_nor_a_member_of_a_file_is(project: Path) -> None:
    assert contained(project, "p = Pipeline(steps=[Stub(name='a')])")
    assert not is_contained("p.py:p", sys.modules)
    assert not is_contained("p.yaml", sys.modules)


def test_what_a_file_may_call_of_this_package_is_all_that_it_has_but_what_does_something() -> None:
    public = {name: getattr(runnable, name) for name in runnable.__all__}
    errors = {name for name, one in public.items() if isinstance(one, type) and issubclass(one, Exception)}
    assert set(runnable.__all__) - errors - SDK == {"card", "load"}
