# ruff: noqa: E501 - one kind a line
"""More kinds of `edits`: how values, classes, decorators and registries of all sorts, and names of files, are used."""

from __future__ import annotations

from tests.support.edit_kinds import Kind, code, constant


def _files(name: str, text: str, others: dict[str, str], *values: str, needs: str = "") -> Kind:
    return Kind(name, text, values or ("2", "3", "5"), others, needs)


MORE = [
    constant("a ContextVar's default", "__import__('contextvars').ContextVar('x', default=@@)"),
    code("a TypedDict's field", "class A(typing.TypedDict):\n    a@@: int\ndef task(x: A):\n    return x\n"),
    code(
        "whether a TypedDict is total",
        "class A(typing.TypedDict, total=@@):\n    a: int\ndef task(x: A):\n    return x\n",
        "True",
        "False",
    ),
    code("what a NewType is of", "A = typing.NewType('A', @@)\ndef task(x: A):\n    return x\n", "int", "str"),
    code(
        "a descriptor's method",
        "class D:\n    def __get__(self, o, t):\n        return @@\nclass A:\n    d = D()\ndef task():\n    return A().d\n",
    ),
    code(
        "a descriptor's state",
        "class D:\n    def __init__(self, n): self.n = n\n    def __get__(self, o, t):\n        return self.n\nclass A:\n    d = D(@@)\ndef task():\n    return A().d\n",
    ),
    code(
        "an operator of an argument's class",
        "class A:\n    def __init__(self, x): self.x=x\n    def __add__(self, o): return @@\ndef task(x: A, y: A):\n    return x + y\n",
    ),
    _files(
        "a file of Python that another process runs",
        "import subprocess, sys\ndef task():\n    return subprocess.run([sys.executable, 'other.py'])\n",
        {"other.py": "print(@@)\n"},
    ),
    _files(
        "a module that runpy runs",
        "import runpy\ndef task():\n    return runpy.run_module('lib')\n",
        {"lib.py": "X = @@\n"},
    ),
    _files(
        "what is imported if another is missing",
        "try:\n    import missing_x as lib\nexcept ImportError:\n    import lib\ndef task():\n    return lib.X\n",
        {"lib.py": "X = @@\n"},
    ),
    _files(
        "the same, within",
        "def task():\n    try:\n        import missing_x as m\n    except ImportError:\n        import lib as m\n    return m.X\n",
        {"lib.py": "X = @@\n"},
    ),
    code("a list that is appended to", "VALUE = []\nVALUE.append(@@)\ndef task():\n    return VALUE\n"),
    code("an attribute that is put on a module", "json.special = lambda: @@\ndef task():\n    return json.special()\n"),
    code(
        "a method that is put on a class",
        "def f(self):\n    return @@\nfractions.Fraction.shout = f\ndef task():\n    return fractions.Fraction(1).shout()\n",
    ),
    code("a builtin that is added", "import builtins\nbuiltins.special = @@\ndef task():\n    return special\n"),
    code("a thread's own value", "import threading\nL = threading.local()\nL.x = @@\ndef task():\n    return L.x\n"),
    code(
        "what a weak reference refers to",
        "import weakref\nclass A: pass\na = A()\na.x = @@\nR = weakref.ref(a)\ndef task():\n    return R().x\n",
    ),
    code(
        "what a weak dict has",
        "import weakref\nclass A: pass\na = A()\na.x = @@\nR = weakref.WeakValueDictionary(a=a)\ndef task():\n    return R['a'].x\n",
    ),
    constant("a counter of itertools", "itertools.count(@@)"),
    constant("a cycle of itertools", "itertools.cycle([@@])"),
    constant("a chain of iterables", "itertools.chain([@@],[1])"),
    constant("a map", "map(int, ['@@'])"),
    constant("a zip", "zip([@@],[1])"),
    constant("a reversed list", "reversed([@@, 1])"),
    constant("an iterator over a list", "iter([@@, 1])"),
    constant("a view of a dict's items", "{'a': @@}.items()"),
    constant("a view of a dict's values", "{'a': @@}.values()"),
    code(
        "a partial method",
        "class A:\n    def f(self, n): return n\n    g = functools.partialmethod(f, @@)\ndef task():\n    return A().g()\n",
    ),
    constant("a method caller", "operator.methodcaller('x', @@)"),
    constant("a text template", "__import__('string').Template('@@')"),
    constant("a generator of random numbers", "__import__('random').Random(@@)", use="VALUE.random()"),
    constant("a text in memory", "__import__('io').StringIO('@@')"),
    constant("bytes in memory", "__import__('io').BytesIO(b'@@')"),
    constant("an array of Python's", "__import__('array').array('i',[@@])"),
    constant("a bytearray", "bytearray(b'@@')"),
    code("a module made by hand", "M = types.ModuleType('M')\nM.x = @@\ndef task():\n    return M.x\n"),
    constant("a time zone", "__import__('zoneinfo').ZoneInfo('@@')", "Europe/Berlin", "Asia/Tokyo"),
    constant("an address", "__import__('ipaddress').ip_address('1.1.1.@@')"),
    constant("a network", "__import__('ipaddress').ip_network('10.0.0.0/@@')", "8", "16"),
    constant("a chain of dicts", "collections.ChainMap({'a': @@}, {})"),
    constant("a UserDict", "collections.UserDict({'a': @@})"),
    constant("a number of numpy", "__import__('numpy').float32(@@)", needs="numpy"),
    constant("a date of numpy", "__import__('numpy').datetime64('2020-01-0@@')", needs="numpy"),
    constant("numpy's random numbers", "__import__('numpy').random.default_rng(@@)", needs="numpy"),
    constant(
        "a structured array", "__import__('numpy').array([(@@, 2.0)], dtype=[('a','i4'),('b','f8')])", needs="numpy"
    ),
    constant("an array of objects", "__import__('numpy').array([{'a': @@}], dtype=object)", needs="numpy"),
    constant("a masked array", "__import__('numpy').ma.array([1,2],mask=[@@,0])", "0", "1", needs="numpy"),
    constant("a part of an array", "__import__('numpy').arange(10)[::@@]", "2", "3", needs="numpy"),
    constant(
        "the order of an array in memory",
        "__import__('numpy').array([[1,2],[3,4]], order='@@')",
        "C",
        "F",
        needs="numpy",
    ),
    constant("a polynomial", "__import__('numpy').poly1d([1,@@])", needs="numpy"),
    constant("a Series' name", "__import__('pandas').Series([1], name='@@')", needs="pandas"),
    constant("a Series' index", "__import__('pandas').Series([1], index=[@@])", needs="pandas"),
    constant(
        "categories",
        "__import__('pandas').Series(['a'], dtype=__import__('pandas').CategoricalDtype(['a','@@']))",
        needs="pandas",
    ),
    constant(
        "a DataFrame's attributes",
        "(lambda f: (f.attrs.update(a=@@), f)[1])(__import__('pandas').DataFrame({'a':[1]}))",
        needs="pandas",
    ),
    constant("a Timestamp", "__import__('pandas').Timestamp('2020-01-0@@')", needs="pandas"),
    constant("an interval", "__import__('pandas').Interval(0, @@)", needs="pandas"),
    constant("an offset of dates", "__import__('pandas').offsets.Day(@@)", needs="pandas"),
    code("how a number is formatted", "def task(x):\n    return f'{x:.@@f}'\n"),
    code(
        "how an argument's class is matched",
        "class A:\n    __match_args__ = ('@@',)\n    a = b = 1\ndef task(x: A):\n    match x:\n        case A(1): return 1\n",
        "a",
        "b",
    ),
    code(
        "a decorator that is an object",
        "class D:\n    def __init__(self, n): self.n = n\n    def __call__(self, f):\n        @functools.wraps(f)\n        def inner(*a): return f(*a) + self.n\n        return inner\n@D(@@)\ndef helper(): return 1\ndef task():\n    return helper()\n",
    ),
    code(
        "a decorator that is a class",
        "class D:\n    def __init__(self, f): self.f = f; self.n = @@\n    def __call__(self, *a): return self.f(*a) + self.n\n@D\ndef helper(): return 1\ndef task():\n    return helper()\n",
    ),
    code(
        "a decorator that hides what it wraps",
        "def d(f):\n    n = @@\n    def inner(*a): return f(*a) + n\n    return inner\n@d\ndef helper(): return 1\ndef task():\n    return helper()\n",
    ),
    code("a property of a lambda", "class A:\n    x = property(lambda self: @@)\ndef task():\n    return A().x\n"),
    code(
        "what a decorator registers",
        "R = {}\ndef register(n):\n    def d(f):\n        R[n] = f\n        return f\n    return d\n@register('a')\ndef a(): return @@\ndef task(n):\n    return R[n]()\n",
    ),
    _files(
        "what a module registers that is imported for that",
        "import lib, deep\ndef task(n):\n    return lib.R[n]()\n",
        {
            "lib.py": "R = {}\ndef register(f):\n    R[f.__name__] = f\n    return f\n",
            "deep.py": "import lib\n@lib.register\ndef a(): return @@\n",
        },
    ),
    _files(
        "what a class registers of those made of it",
        "import lib, deep\ndef task(n):\n    return lib.Base.kinds[n]()\n",
        {
            "lib.py": "class Base:\n    kinds = {}\n    def __init_subclass__(cls): Base.kinds[cls.__name__] = cls\n",
            "deep.py": "import lib\nclass A(lib.Base):\n    x = @@\n",
        },
    ),
    _files(
        "what globals() has by a name", "def helper(): return @@\ndef task(n):\n    return globals()['helper']()\n", {}
    ),
    _files("what globals() has by any name", "def helper(): return @@\ndef task(n):\n    return globals()[n]()\n", {}),
    _files(
        "what a module has by a computed name",
        "import lib\ndef task(n):\n    return getattr(lib, 'he' + n)()\n",
        {"lib.py": "def hello(): return @@\n"},
    ),
    _files(
        "a package's resource, by its name",
        "from importlib import resources\nimport pkg\ndef task():\n    return resources.files('pkg').joinpath('d.txt').read_text()\n",
        {"pkg/__init__.py": "", "pkg/d.txt": "@@"},
    ),
    _files(
        "a package's resource, by the package",
        "from importlib import resources\nimport pkg\ndef task():\n    return resources.files(pkg).joinpath('d.txt').read_text()\n",
        {"pkg/__init__.py": "", "pkg/d.txt": "@@"},
    ),
    _files(
        "a package's resource, by a path",
        "from importlib.resources import files\ndef task():\n    return (files('pkg') / 'd.txt').read_text()\n",
        {"pkg/__init__.py": "", "pkg/d.txt": "@@"},
    ),
    _files(
        "a package's resource, at once",
        "from importlib import resources\ndef task():\n    return resources.read_text('pkg','d.txt')\n",
        {"pkg/__init__.py": "", "pkg/d.txt": "@@"},
    ),
    _files(
        "a package's data",
        "import pkgutil\ndef task():\n    return pkgutil.get_data('pkg','d.txt')\n",
        {"pkg/__init__.py": "", "pkg/d.txt": "@@"},
    ),
    _files("a data file in a folder", "def task():\n    return open('data/d.txt').read()\n", {"data/d.txt": "@@"}),
    _files(
        "a data file below a folder's Path",
        "DATA = pathlib.Path('data')\ndef task():\n    return (DATA / 'd.txt').read_text()\n",
        {"data/d.txt": "@@"},
    ),
    _files(
        "a data file by os.path.join",
        "def task():\n    return open(os.path.join('data', 'd.txt')).read()\n",
        {"data/d.txt": "@@"},
    ),
    _files(
        "the same, of a constant folder",
        "FOLDER = 'data'\ndef task():\n    return open(os.path.join(FOLDER, 'd.txt')).read()\n",
        {"data/d.txt": "@@"},
    ),
    _files(
        "a data file by an f-string of a constant folder",
        "FOLDER = 'data'\ndef task():\n    return open(f'{FOLDER}/d.txt').read()\n",
        {"data/d.txt": "@@"},
    ),
    _files(
        "a data file beside __file__",
        "HERE = os.path.dirname(__file__)\ndef task():\n    return open(os.path.join(HERE, 'd.txt')).read()\n",
        {"d.txt": "@@"},
    ),
    _files(
        "the same, in the function",
        "def task():\n    here = os.path.dirname(os.path.abspath(__file__))\n    return open(here + '/d.txt').read()\n",
        {"d.txt": "@@"},
    ),
    _files(
        "a file that a library reads",
        "import configparser\ndef task():\n    p = configparser.ConfigParser()\n    p.read('conf.ini')\n    return p['a']['b']\n",
        {"conf.ini": "[a]\nb=@@\n"},
    ),
    _files(
        "what is read when the file is imported",
        "import lib\ndef task():\n    return lib.CONF['a']\n",
        {
            "lib.py": "import yaml, pathlib\nCONF = yaml.safe_load((pathlib.Path(__file__).parent/'c.yaml').read_text())\n",
            "c.yaml": "a: @@\n",
        },
    ),
    _files(
        "a file that pandas reads",
        "import pandas as pd\ndef task():\n    return pd.read_csv('data/d.csv')\n",
        {"data/d.csv": "a\n@@\n"},
        needs="pandas",
    ),
    _files(
        "a data file named by a default",
        "def load(path='data/d.json'):\n    return json.load(open(path))\ndef task():\n    return load()\n",
        {"data/d.json": "@@"},
    ),
    _files(
        "a data file named in a dict",
        "FILES = {'a': 'data/d.json'}\ndef task():\n    return json.load(open(FILES['a']))\n",
        {"data/d.json": "@@"},
    ),
    _files(
        "a data file named by a dataclass",
        "@dataclass\nclass C:\n    path: str = 'data/d.json'\ndef task():\n    return json.load(open(C().path))\n",
        {"data/d.json": "@@"},
    ),
    _files(
        "a data file named by a class",
        "class C:\n    path = pathlib.Path('data') / 'd.json'\ndef task():\n    return json.load(open(C.path))\n",
        {"data/d.json": "@@"},
    ),
    _files(
        "a data file named by an enum's member",
        "class C(enum.Enum):\n    A = 'data/d.json'\ndef task():\n    return json.load(open(C.A.value))\n",
        {"data/d.json": "@@"},
    ),
    _files(
        "a data file in a command",
        "def task():\n    return os.popen('cat data/d.json').read()\n",
        {"data/d.json": "@@"},
    ),
    _files(
        "a data file in a command of subprocess",
        "import subprocess\ndef task():\n    return subprocess.run('cat data/d.json', shell=True)\n",
        {"data/d.json": "@@"},
    ),
    code(
        "a generic class",
        "T = typing.TypeVar('T')\nclass A(typing.Generic[T]):\n    x = @@\ndef task(a: A[int]):\n    return a.x\n",
    ),
    code("a protocol", "class A(typing.Protocol):\n    x: int = @@\ndef task(a: A):\n    return a\n"),
    code(
        "a type variable's bound",
        "T = typing.TypeVar('T', bound=@@)\ndef task(a: T) -> T:\n    return a\n",
        "int",
        "str",
    ),
    code(
        "a pydantic serializer",
        "import pydantic\nclass A(pydantic.BaseModel):\n    a: int\n    @pydantic.field_serializer('a')\n    def s(self, v): return @@\ndef task(a: A):\n    return a.model_dump()\n",
    ),
    code(
        "a pydantic model's configuration",
        "import pydantic\nclass A(pydantic.BaseModel):\n    model_config = pydantic.ConfigDict(extra='@@')\n    a: int\ndef task(a: A):\n    return a\n",
        "forbid",
        "allow",
        "ignore",
    ),
    code(
        "a pydantic computed field",
        "import pydantic\nclass A(pydantic.BaseModel):\n    a: int\n    @pydantic.computed_field\n    @property\n    def s(self) -> int: return @@\ndef task(a: A):\n    return a\n",
    ),
    code(
        "a pydantic default factory",
        "import pydantic\ndef made(): return @@\nclass A(pydantic.BaseModel):\n    a: int = pydantic.Field(default_factory=made)\ndef task():\n    return A()\n",
    ),
    code(
        "a pydantic validator in Annotated",
        "import pydantic\ndef check(v): return @@\nclass A(pydantic.BaseModel):\n    a: Annotated[int, pydantic.BeforeValidator(check)]\ndef task(a: A):\n    return a\n",
    ),
    code(
        "a pydantic TypeAdapter",
        "import pydantic\nT = pydantic.TypeAdapter(Annotated[int, pydantic.Field(gt=@@)])\ndef task(a):\n    return T.validate_python(a)\n",
    ),
    code(
        "a pydantic model made by a call",
        "import pydantic\nA = pydantic.create_model('A', a=(int, @@))\ndef task():\n    return A()\n",
    ),
    code(
        "a pydantic private attribute",
        "import pydantic\nclass A(pydantic.BaseModel):\n    a: int = 1\n    _p: int = pydantic.PrivateAttr(default=@@)\ndef task():\n    return A()._p\n",
    ),
    code(
        "a pydantic alias",
        "import pydantic\nclass A(pydantic.BaseModel):\n    a: int = pydantic.Field(alias='b@@')\ndef task(a: A):\n    return a\n",
    ),
    code(
        "a pydantic alias generator",
        "import pydantic\ndef gen(n): return n + '@@'\nclass A(pydantic.BaseModel):\n    model_config = pydantic.ConfigDict(alias_generator=gen)\n    a: int\ndef task(a: A):\n    return a\n",
    ),
    code(
        "a pydantic validator of the model",
        "import pydantic\nclass A(pydantic.BaseModel):\n    a: int = 1\n    @pydantic.model_validator(mode='after')\n    def v(self): return @@\ndef task():\n    return A()\n",
    ),
    code(
        "a pydantic dataclass",
        "import pydantic.dataclasses\n@pydantic.dataclasses.dataclass\nclass A:\n    a: int = @@\ndef task():\n    return A()\n",
    ),
    code(
        "a pydantic model in a model",
        "import pydantic\nclass B(pydantic.BaseModel):\n    b: int = @@\nclass A(pydantic.BaseModel):\n    b: B = pydantic.Field(default_factory=B)\ndef task(a: A):\n    return a\n",
    ),
    code(
        "a pydantic model that is defined later",
        "import pydantic\nclass A(pydantic.BaseModel):\n    b: 'B'\nclass B(pydantic.BaseModel):\n    b: int = @@\ndef task(a: A):\n    return a\n",
    ),
    code(
        "a default of attrs",
        "import attr\n@attr.s\nclass A:\n    a = attr.ib(default=@@)\ndef task():\n    return A()\n",
        needs="attr",
    ),
    code(
        "a converter of attrs",
        "import attr\n@attr.s\nclass A:\n    a = attr.ib(converter=lambda x: @@)\ndef task(x):\n    return A(x)\n",
        needs="attr",
    ),
    code("what follows a loop", "def task():\n    for n in range(3): pass\n    else: return @@\n"),
    code("a default that is a list", "def task(*, x=[@@]):\n    return x\n"),
    code("a default that is set later", "def task(x=1):\n    return x\ntask.__defaults__ = (@@,)\n"),
    code("an attribute of the function itself", "def task():\n    return task.limit\ntask.limit = @@\n"),
    code(
        "an attribute of a helper",
        "def helper(): return helper.limit\nhelper.limit = @@\ndef task():\n    return helper()\n",
    ),
    code("a function's code that is replaced", "def task():\n    return 1\ntask.__code__ = (lambda: @@).__code__\n"),
    code(
        "a class of another module in a text",
        "def task(x: 'lib.A'):\n    return x\nimport lib\n",
        lib="class A:\n    x = @@\n",
    ),
    code(
        "what asynccontextmanager wraps",
        "@contextlib.asynccontextmanager\nasync def cm():\n    yield @@\nasync def task():\n    async with cm() as x: return x\n",
    ),
    code(
        "callbacks of an ExitStack",
        "S = contextlib.ExitStack()\nS.callback(lambda: print(@@))\ndef task():\n    S.close()\n",
    ),
    code(
        "which class is registered with another",
        "import abc\nclass A(abc.ABC): pass\nclass B: pass\nclass C: pass\nA.register(@@)\ndef task(x):\n    return isinstance(x, A)\n",
        "B",
        "C",
    ),
    code(
        "what another file's singledispatch has",
        "import functools, lib\ndef task(x):\n    return lib.f(x)\n",
        lib="import functools\n@functools.singledispatch\ndef f(x): return 0\n@f.register\ndef _(x: int): return @@\n",
    ),
    code(
        "a dict in a closure",
        "def factory():\n    cache = {'a': @@}\n    def inner(): return cache['a']\n    return inner\nf = factory()\ndef task():\n    return f()\n",
    ),
    code(
        "what replaces what a pattern matches",
        "P = re.compile('a')\ndef sub(m): return '@@'\ndef task(t):\n    return P.sub(sub, t)\n",
    ),
    code(
        "a logger's level",
        "import logging\nL = logging.getLogger('x.y')\nL.setLevel(@@)\ndef task():\n    return L.level\n",
        "10",
        "20",
    ),
    code("a seed", "import random\nrandom.seed(@@)\ndef task():\n    return random.random()\n"),
    code("a variable that is set", "os.environ['MY_X'] = '@@'\ndef task():\n    return os.environ['MY_X']\n"),
    code("the same by getenv", "os.environ['MY_X'] = '@@'\ndef task():\n    return os.getenv('MY_X')\n"),
    code(
        "the same by a constant", "os.environ['MY_X'] = '@@'\nN = 'MY_X'\ndef task():\n    return os.environ.get(N)\n"
    ),
    code(
        "what super() calls",
        "class B:\n    def f(self): return @@\nclass A(B):\n    def f(self): return super().f()\ndef task():\n    return A().f()\n",
    ),
    code(
        "the order of base classes",
        "class B:\n    def f(self): return 1\nclass C:\n    def f(self): return 2\nclass A(@@): pass\ndef task():\n    return A().f()\n",
        "B, C",
        "C, B",
    ),
    code("a class made by type()", "A = type('A', (), {'x': @@})\ndef task():\n    return A.x\n"),
    code("a named tuple's fields", "P = namedtuple('P', 'a b@@')\ndef task():\n    return P(1,2)\n"),
    code("a named tuple's defaults", "P = namedtuple('P', 'a b', defaults=[@@])\ndef task():\n    return P(1)\n"),
    code(
        "what a dataclass does when it is made",
        "@dataclass\nclass A:\n    a: int\n    def __post_init__(self): self.a = @@\ndef task(a: A):\n    return a\n",
    ),
    code(
        "a dataclass field's metadata",
        "@dataclass\nclass A:\n    a: int = field(default=1, metadata={'x': @@})\ndef task():\n    return dataclasses.fields(A)[0].metadata\n",
    ),
    code(
        "how a dataclass is called",
        "@dataclass(kw_only=@@)\nclass A:\n    a: int = 1\ndef task():\n    return A(1)\n",
        "True",
        "False",
    ),
    code(
        "a dataclass's base",
        "@dataclass\nclass B:\n    b: int = @@\n@dataclass\nclass A(B):\n    a: int = 1\ndef task(x: A):\n    return A()\n",
    ),
    code(
        "an enum's method",
        "class E(enum.Enum):\n    A = 1\n    def f(self): return @@\ndef task(x: E):\n    return x.f()\n",
    ),
    code(
        "an enum's automatic values",
        "class E(enum.Enum):\n    @@\ndef task(x: E):\n    return x.value\n",
        "A = enum.auto(); B = enum.auto()",
        "B = enum.auto(); A = enum.auto()",
    ),
    code("an enum of texts", "class E(str, enum.Enum):\n    A = '@@'\ndef task():\n    return E.A\n"),
    code("a lambda in a lambda", "def task():\n    return (lambda x: (lambda y: y + @@)(x))(1)\n"),
    code("a class in a function", "def task():\n    class A:\n        x = @@\n    return A.x\n"),
    code("a set of constants", "def task(x):\n    return x in {1, @@}\n"),
    code("a tuple of constants", "def task(x):\n    return x in (1, @@)\n"),
    code("the sign of zero", "VALUE = @@\ndef task():\n    return VALUE\n", "0.0", "-0.0"),
    code("the type of a number", "VALUE = @@\ndef task():\n    return VALUE\n", "1", "1.0", "True"),
    code("text or bytes", "VALUE = @@\ndef task():\n    return VALUE\n", "'a'", "b'a'"),
    code("a tuple or a list", "VALUE = @@\ndef task():\n    return VALUE\n", "(1,2)", "[1,2]"),
    code("no number", "VALUE = @@\ndef task():\n    return VALUE\n", "float('nan')", "float('inf')"),
    code("a zone's offset", "VALUE = datetime.timezone(datetime.timedelta(hours=@@))\ndef task():\n    return VALUE\n"),
    code("a Decimal's digits", "VALUE = decimal.Decimal('@@')\ndef task():\n    return VALUE\n", "1.0", "1.00"),
    code(
        "an attribute that is removed",
        "class A:\n    x = 1\n    y = 2\n@@\ndef task():\n    return A.x\n",
        "",
        "del A.y",
    ),
    code("the name of an argument", "def helper(**k): return k\ndef task():\n    return helper(@@=1)\n", "a", "b"),
    code("arguments in a tuple", "ARGS = (@@,)\ndef helper(*a): return a\ndef task():\n    return helper(*ARGS)\n"),
    code(
        "which error is caught",
        "def task():\n    try: raise ValueError\n    except @@: return 1\n",
        "ValueError",
        "TypeError",
    ),
    code(
        "a value in a function within",
        "VALUE = @@\ndef task():\n    def inner():\n        return VALUE\n    return inner()\n",
    ),
    code("a value in a class within", "VALUE = @@\ndef task():\n    class A:\n        x = VALUE\n    return A.x\n"),
    code("a value in a lambda's default", "VALUE = @@\ndef task():\n    return (lambda x=VALUE: x)()\n"),
    code(
        "a helper in a thread",
        "from concurrent.futures import ThreadPoolExecutor\ndef helper(x): return @@\ndef task():\n    with ThreadPoolExecutor() as p: return list(p.map(helper, [1]))\n",
    ),
    code("a task that is partly applied", "def f(n): return n\ntask = functools.partial(f, @@)\n"),
    code(
        "a task that is an object",
        "class F:\n    def __init__(self, n): self.n = n\n    def __call__(self): return self.n\ntask = F(@@)\n",
    ),
    code(
        "a task that is a method",
        "class F:\n    def __init__(self, n): self.n = n\n    def go(self): return self.n\ntask = F(@@).go\n",
    ),
    code("a task that keeps its results", "@functools.lru_cache\ndef task():\n    return @@\n"),
    code(
        "a task that is a class's method",
        "class F:\n    n = @@\n    @classmethod\n    def go(cls): return cls.n\ntask = F.go\n",
    ),
    _files(
        "data files that a pattern matches",
        "def task():\n    return polars.scan_csv('data/*.csv')\n",
        {"data/d.csv": "@@", "data/.hidden.csv": "1"},
    ),
    _files(
        "data files in all folders that a pattern matches",
        "def task():\n    return polars.scan_csv('data/**/*.csv')\n",
        {"data/a/b/d.csv": "@@", "data/c.csv": ""},
    ),
    _files(
        "data files below a folder that a pattern matches",
        "DATA = pathlib.Path('data')\ndef task():\n    return polars.scan_csv(DATA / 'part-*.csv')\n",
        {"data/part-1.csv": "@@"},
    ),
    _files(
        "a data file in a query",
        'def task():\n    return duckdb.sql("""\n    select *\n    from \'data/d.csv\'""")\n',
        {"data/d.csv": "@@"},
    ),
]
