# ruff: noqa: E501 - one kind a line
"""Edits of what a cached task uses, of many kinds of use (`edit_kinds`)."""

from __future__ import annotations

from tests.support.edit_kinds import Kind, code, constant
from tests.support.edits_more import MORE

CONSTANTS = [
    constant("a number", "@@"),
    constant("a number computed", "sum([1, @@])"),
    constant("one for True", "@@", "1", "True", "1.0", "'1'"),
    constant("a text", "'x' * @@"),
    constant("bytes", "bytes([@@])"),
    constant("a compiled pattern", "re.compile('a{@@}')"),
    constant("the flags of a pattern", "re.compile('a', @@)", "0", "re.I", "re.M", "re.S"),
    constant("a date", "datetime.date(2026, 1, @@)"),
    constant(
        "a time with a zone", "datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=@@)))"
    ),
    constant("a time delta", "datetime.timedelta(seconds=@@)"),
    constant("a Decimal", "decimal.Decimal('1.@@')"),
    constant("a Fraction", "fractions.Fraction(1, @@)"),
    constant("a Path", "pathlib.Path('data') / '@@'"),
    constant("a UUID", "uuid.UUID(int=@@)"),
    constant("a range", "range(@@)"),
    constant("a slice", "slice(0, @@)"),
    constant("a complex number", "complex(1, @@)"),
    constant("a large list", "list(range(20_000)) + [@@]"),
    constant("a large text", "'x' * 100_000 + '@@'"),
    constant("a large dict", "{str(n): n for n in range(30_000)} | {'z': @@}"),
    constant("an array", "__import__('array').array('i', [1, @@])"),
    constant("a numpy array", "__import__('numpy').arange(4) * @@", needs="numpy"),
    constant("a numpy dtype", "__import__('numpy').zeros(4, '@@')", "int32", "int64", "float64", "bool", needs="numpy"),
    constant("a DataFrame", "__import__('pandas').DataFrame({'a': [1, @@]})", needs="pandas"),
    constant("a dict with dates", "{'a': datetime.date(2026, 1, @@)}"),
    constant("a dict with tuples as keys", "{(1, @@): 'a'}"),
    constant("a dict with tuples as keys, its values", "{(1, 2): @@}"),
    constant(
        "the order of a dict", "dict(sorted({'a': 1, 'b': 2, 'c': 3}.items(), key=lambda i: i[1] * @@))", "1", "-1"
    ),
    constant("a set of tuples", "{(1, @@), (2, 3)}"),
    constant("a frozenset", "frozenset({'a', '@@'})"),
    constant("a nested list", "[[1, [2, {'a': (@@,)}]]]"),
    constant("a list that holds itself", "(lambda x: (x.append(x), x)[1])([@@])"),
    constant("a named tuple's value", "namedtuple('P', 'x y')(1, @@)"),
    constant("an OrderedDict", "OrderedDict(a=@@)"),
    constant("a defaultdict", "defaultdict(list, {'a': [@@]})"),
    constant("a Counter", "Counter(a=@@)"),
    constant("a deque", "deque([1], maxlen=@@)"),
    constant("a SimpleNamespace", "types.SimpleNamespace(a=types.SimpleNamespace(b=@@))"),
    constant("a mapping proxy", "types.MappingProxyType({'a': @@})"),
    constant("functions in a dict", "{'f': lambda x: x + @@}"),
    constant("functions in a list", "[print, lambda x: x * @@]"),
    constant("a partial", "functools.partial(int, base=@@)"),
    constant("an item getter", "operator.itemgetter(@@)"),
    constant("a bound method", "'a{@@}'.format"),
    constant("an iterator", "itertools.count(@@)"),
]
CODE = [
    code("the function itself", "\ndef task():\n    return @@\n"),
    code("a helper", "\ndef helper():\n    return @@\ndef task():\n    return helper()\n"),
    code(
        "a helper's helper",
        "\ndef a():\n    return @@\ndef helper():\n    return a()\ndef task():\n    return helper()\n",
    ),
    code(
        "a helper in a list",
        "\ndef helper():\n    return @@\nALL = [helper]\ndef task():\n    return [f() for f in ALL]\n",
    ),
    code(
        "a helper in a dict",
        "\ndef helper():\n    return @@\nALL = {'a': helper}\ndef task():\n    return ALL['a']()\n",
    ),
    code(
        "a helper in a nested tuple",
        "\ndef helper():\n    return @@\nALL = ((1, helper), 2)\ndef task():\n    return ALL\n",
    ),
    code(
        "which helper a name means",
        "\ndef a():\n    return 1\ndef b():\n    return 2\nf, g = @@\ndef task():\n    return f() - g()\n",
        "a, b",
        "b, a",
    ),
    code(
        "which helper is in a list",
        "\ndef a():\n    return 1\ndef b():\n    return 2\nALL = [@@]\ndef task():\n    return ALL, a, b\n",
        "a, b",
        "b, a",
    ),
    code("a default", "\nN = @@\ndef task(n=N):\n    return n\n"),
    code("a default of a keyword", "\nN = @@\ndef task(*, n=[N]):\n    return n\n"),
    code(
        "a default of a helper", "\nN = @@\ndef helper(n={'a': N}):\n    return n\ndef task():\n    return helper()\n"
    ),
    code(
        "a closure",
        "\ndef make(n):\n    def inner():\n        return n\n    return inner\nhelper = make(@@)\ndef task():\n    return helper()\n",
    ),
    code(
        "two of one closure",
        "\ndef make(n):\n    def inner():\n        return n\n    return inner\na, b = make(@@), make(100)\ndef task():\n    return a() - b()\n",
    ),
    code(
        "two of one closure exchanged",
        "\ndef make(n):\n    def inner():\n        return n\n    return inner\na, b = map(make, @@)\ndef task():\n    return a() - b()\n",
        "(1, 2)",
        "(2, 1)",
    ),
    code(
        "a list in a closure",
        "\ndef make(n):\n    return lambda: n\nhelper = make([@@, {'a': 1}])\ndef task():\n    return helper()\n",
    ),
    code(
        "an attribute of a function",
        "\ndef helper():\n    return helper.n\nhelper.n = @@\ndef task():\n    return helper()\n",
    ),
    code(
        "a decorator",
        "\ndef twice(f):\n    @functools.wraps(f)\n    def inside():\n        return f() * @@\n    return inside\n@twice\ndef task():\n    return 1\n",
    ),
    code(
        "a decorator's argument",
        "\nN = @@\ndef times(n):\n    def wrap(f):\n        @functools.wraps(f)\n        def inside():\n            return f() * n\n        return inside\n    return wrap\n@times(N)\ndef helper():\n    return 1\ndef task():\n    return helper()\n",
    ),
    code(
        "what a class decorator wraps",
        "\nclass Wrap:\n    def __init__(self, f):\n        self.f = f\n    def __call__(self):\n        return self.f()\n@Wrap\ndef helper():\n    return @@\ndef task():\n    return helper()\n",
    ),
    code(
        "what contextmanager wraps",
        "\n@contextmanager\ndef helper():\n    yield @@\ndef task():\n    with helper() as n:\n        return n\n",
    ),
    code(
        "what lru_cache wraps",
        "\n@functools.lru_cache(maxsize=8)\ndef helper():\n    return @@\ndef task():\n    return helper()\n",
    ),
    code(
        "what singledispatch wraps",
        "\n@functools.singledispatch\ndef helper(x):\n    return @@\ndef task():\n    return helper(1)\n",
    ),
    code(
        "what singledispatch has registered",
        "\n@functools.singledispatch\ndef helper(x):\n    return 0\n@helper.register\ndef _(x: int):\n    return @@\ndef task():\n    return helper(1)\n",
    ),
    code(
        "what cached_property wraps",
        "\nclass A:\n    @functools.cached_property\n    def p(self):\n        return self.q() * f()\n    def q(self):\n        return 1\ndef f():\n    return @@\ndef task():\n    return A().p\n",
    ),
    code(
        "a method by singledispatchmethod",
        "\nclass A:\n    @functools.singledispatchmethod\n    def p(self, x):\n        return @@\ndef task():\n    return A().p(1)\n",
    ),
    code(
        "what tenacity wraps",
        "\nimport tenacity\n@tenacity.retry(stop=tenacity.stop_after_attempt(2))\ndef helper():\n    return @@\ndef task():\n    return helper()\n",
        needs="tenacity",
    ),
    code(
        "how tenacity retries",
        "\nimport tenacity\nN = @@\n@tenacity.retry(stop=tenacity.stop_after_attempt(N))\ndef helper():\n    return 1\ndef task():\n    return helper()\n",
        needs="tenacity",
    ),
    code(
        "what validate_call wraps",
        "\nfrom pydantic import validate_call\n@validate_call\ndef helper(n: int = 1):\n    return n * @@\ndef task():\n    return helper()\n",
    ),
    code("a class's method", "\nclass A:\n    def m(self):\n        return @@\ndef task():\n    return A().m()\n"),
    code("a class attribute", "\nclass A:\n    n = @@\ndef task():\n    return A.n\n"),
    code("a class attribute computed", "\nN = @@\nclass A:\n    n = {'a': N}\ndef task():\n    return A.n\n"),
    code("a class attribute set later", "\nclass A:\n    pass\nA.n = @@\ndef task():\n    return A.n\n"),
    code(
        "a class attribute's function",
        "\ndef helper():\n    return @@\nclass A:\n    f = helper\ndef task():\n    return A.f()\n",
    ),
    code(
        "a static method's helper",
        "\ndef helper():\n    return @@\nclass A:\n    @staticmethod\n    def f():\n        return helper()\ndef task():\n    return A.f()\n",
    ),
    code(
        "a property's setter",
        "\nclass A:\n    @property\n    def p(self):\n        return self.v\n    @p.setter\n    def p(self, v):\n        self.v = v * @@\ndef task():\n    a = A()\n    a.p = 1\n    return a.p\n",
    ),
    code(
        "a base class",
        "\nclass B:\n    def m(self):\n        return @@\nclass A(B):\n    pass\ndef task():\n    return A().m()\n",
    ),
    code(
        "a metaclass",
        "\nclass M(type):\n    def __call__(cls):\n        return @@\nclass A(metaclass=M):\n    pass\ndef task():\n    return A()\n",
    ),
    code("a dataclass's default", "\nN = @@\n@dataclass\nclass A:\n    n: int = N\ndef task():\n    return A().n\n"),
    code(
        "a dataclass's factory",
        "\ndef make():\n    return [@@]\n@dataclass\nclass A:\n    n: list = field(default_factory=make)\ndef task():\n    return A().n\n",
    ),
    code(
        "a dataclass's order",
        "\n@dataclass(order=@@)\nclass A:\n    n: int = 1\ndef task():\n    return A() < A()\n",
        "True",
        "False",
    ),
    code(
        "a dataclass's instance", "\n@dataclass\nclass A:\n    n: int\nVALUE = A(@@)\ndef task():\n    return VALUE.n\n"
    ),
    code(
        "a frozen dataclass with slots",
        "\n@dataclass(frozen=True, slots=True)\nclass A:\n    n: int\nVALUE = A(@@)\ndef task():\n    return VALUE.n\n",
    ),
    code(
        "an instance",
        "\nclass A:\n    def __init__(self, n):\n        self.n = n\nVALUE = A([@@])\ndef task():\n    return VALUE.n\n",
    ),
    code(
        "an instance with slots",
        "\nclass A:\n    __slots__ = ('n',)\n    def __init__(self, n):\n        self.n = n\nVALUE = A(@@)\ndef task():\n    return VALUE.n\n",
    ),
    code(
        "an instance that hides its state",
        "\nclass A:\n    def __init__(self, n):\n        self.n = n\n    def __getstate__(self):\n        return {}\nVALUE = A(@@)\ndef task():\n    return VALUE.n\n",
    ),
    code(
        "an instance with a lock",
        "\nimport threading\nclass A:\n    def __init__(self, n):\n        self.n, self.lock = n, threading.Lock()\nVALUE = A(@@)\ndef task():\n    return VALUE.n\n",
    ),
    code(
        "a bound method of an instance",
        "\nclass A:\n    def __init__(self, n):\n        self.n = n\n    def get(self):\n        return self.n\nget = A(@@).get\ndef task():\n    return get()\n",
    ),
    code(
        "an instance in an instance",
        "\nclass A:\n    def __init__(self, n):\n        self.n = n\nVALUE = A({'a': A(@@)})\ndef task():\n    return VALUE.n\n",
    ),
    code("a subclass of dict", "\nclass D(dict):\n    pass\nVALUE = D(a=@@)\ndef task():\n    return VALUE\n"),
    code("a NamedTuple's default", "\nclass P(NamedTuple):\n    x: int = @@\ndef task():\n    return P()\n"),
    code("an enum's member", "\nclass E(enum.Enum):\n    A = @@\n    B = 100\ndef task():\n    return E.A.value\n"),
    code(
        "an enum's member as a constant",
        "\nclass E(enum.Enum):\n    A = 1\n    B = 2\nVALUE = E.@@\ndef task():\n    return VALUE\n",
        "A",
        "B",
    ),
    code("enums as keys", "\nclass E(enum.Enum):\n    A = 1\nVALUE = {E.A: @@}\ndef task():\n    return VALUE\n"),
    code("an enum made by a call", "\nE = enum.Enum('E', {'A': @@})\ndef task():\n    return E.A.value\n"),
    code(
        "a flag",
        "\nclass F(enum.Flag):\n    A = 1\n    B = 2\nVALUE = F(@@)\ndef task():\n    return VALUE\n",
        "1",
        "2",
        "3",
    ),
    code(
        "a pydantic model's default",
        "\nfrom pydantic import BaseModel\nN = @@\nclass M(BaseModel):\n    n: int = N\ndef task():\n    return M().n\n",
    ),
    code(
        "a pydantic model's instance",
        "\nfrom pydantic import BaseModel\nclass M(BaseModel):\n    n: int\nVALUE = M(n=@@)\ndef task():\n    return VALUE.n\n",
    ),
    code(
        "a pydantic field's bound",
        "\nfrom pydantic import BaseModel, Field\nN = @@\nclass M(BaseModel):\n    n: int = Field(1, le=N)\ndef task(m: M):\n    return m.n\n",
    ),
    code(
        "a pydantic validator",
        "\nfrom pydantic import BaseModel, field_validator\nclass M(BaseModel):\n    n: int\n    @field_validator('n')\n    def check(cls, v):\n        return v * @@\ndef task(m: M):\n    return m.n\n",
    ),
    code(
        "when a pydantic validator runs",
        "\nfrom pydantic import BaseModel, field_validator\nMODE = '@@'\nclass M(BaseModel):\n    n: int\n    @field_validator('n', mode=MODE)\n    def check(cls, v):\n        return v\ndef task(m: M):\n    return m.n\n",
        "before",
        "after",
    ),
    code(
        "a class in list[…]",
        "\n@dataclass\nclass Item:\n    n: int = @@\ndef task(items: list[Item]):\n    return items\n",
    ),
    code(
        "a class in Optional[…]",
        "\n@dataclass\nclass Item:\n    n: int = @@\ndef task(item: Optional[Item] = None):\n    return item\n",
    ),
    code(
        "a class in a union",
        "\n@dataclass\nclass Item:\n    n: int = @@\ndef task(item: dict[str, Item | None] = {}):\n    return item\n",
    ),
    code(
        "a class in a class's field",
        "\n@dataclass\nclass In:\n    n: int = @@\n@dataclass\nclass Item:\n    inner: list[In]\ndef task(items: list[Item]):\n    return items\n",
    ),
    code(
        "an alias of a type",
        "\n@dataclass\nclass Item:\n    n: int = @@\nItems = list[Item]\ndef task(items: Items):\n    return items\n",
    ),
    code("which type an alias is", "\nItems = list[@@]\ndef task(items: Items):\n    return items\n", "int", "str"),
    code("a literal type", "\nKind = Literal['a', '@@']\ndef task(kind: Kind):\n    return kind\n"),
    code("what Annotated holds", "\nN = Annotated[int, @@]\ndef task(n: N):\n    return n\n"),
    code(
        "a class in return's type",
        "\n@dataclass\nclass Item:\n    n: int = @@\ndef task() -> list[Item]:\n    return []\n",
    ),
    code(
        "an exception class",
        "\nclass E(Exception):\n    code = @@\ndef task():\n    try:\n        raise E\n    except E as e:\n        return e.code\n",
    ),
    code("a lambda under a name", "\nf = lambda: @@\ndef task():\n    return f()\n"),
    code("one lambda of two on a line", "\nf, g = (lambda: 1), (lambda: @@)\ndef task():\n    return f() + g()\n"),
    code("a generator", "\ndef numbers():\n    yield @@\ndef task():\n    return list(numbers())\n"),
    code(
        "an async helper",
        "\nimport asyncio\nasync def helper():\n    return @@\ndef task():\n    return asyncio.run(helper())\n",
    ),
    code(
        "a nested function",
        "\ndef helper():\n    return @@\ndef task():\n    def inner():\n        return [helper() for _ in 'a']\n    return inner()\n",
    ),
    code(
        "a helper made by exec",
        "\nspace = {}\nexec('def made(): return @@', space)\nmade = space['made']\ndef task():\n    return made()\n",
    ),
    code(
        "what is done when the file is imported",
        "\ndecimal.getcontext().prec = @@\ndef task():\n    return decimal.Decimal(1) / 3\n",
    ),
]
LATE = "def late():\n    return @@\n"
FILES = [
    code(
        "a module of a folder without __init__",
        "\nimport space.sub\ndef task():\n    return space.sub.f()\n",
        space__sub="def f():\n    return @@\n",
    ),
    code("an imported function", "\nfrom lib import f\ndef task():\n    return f()\n", lib="def f():\n    return @@\n"),
    code("an imported module", "\nimport lib\ndef task():\n    return lib.f()\n", lib="def f():\n    return @@\n"),
    code("an imported module's constant", "\nimport lib as l\ndef task():\n    return l.N\n", lib="N = [@@]\n"),
    code(
        "a module under another name",
        "\nimport lib\ndef task():\n    m = lib\n    return m.f()\n",
        lib="def f():\n    return @@\n",
    ),
    code(
        "a module by getattr",
        "\nimport lib\ndef task():\n    return getattr(lib, 'f')()\n",
        lib="def f():\n    return @@\n",
    ),
    code(
        "a module in a dict",
        "\nimport lib\nALL = {'a': lib}\ndef task():\n    return ALL['a'].f()\n",
        lib="def f():\n    return @@\n",
    ),
    code(
        "a package's submodule",
        "\nimport pkg.sub\ndef task():\n    return pkg.sub.f()\n",
        pkg____init__="",
        pkg__sub="def f():\n    return @@\n",
    ),
    code(
        "a re-exported function",
        "\nfrom pkg import f\ndef task():\n    return f()\n",
        pkg____init__="from pkg.sub import f\n",
        pkg__sub="def f():\n    return @@\n",
    ),
    code(
        "which function is imported",
        "\nfrom lib import @@ as f\ndef task():\n    return f()\n",
        "a",
        "b",
        lib="def a():\n    return 1\ndef b():\n    return 2\n",
    ),
    code("an inner import", "\ndef task():\n    import lib\n    return lib.late()\n", lib=LATE),
    code("an inner import of a name", "\ndef task():\n    from lib import late\n    return late()\n", lib=LATE),
    code(
        "an inner import of a submodule",
        "\ndef task():\n    from pkg import lib\n    return lib.late()\n",
        pkg____init__="",
        pkg__lib=LATE,
    ),
    code(
        "an inner import of a dotted name",
        "\ndef task():\n    import pkg.lib as l\n    return l.late()\n",
        pkg____init__="",
        pkg__lib=LATE,
    ),
    code(
        "what an inner import imports",
        "\ndef task():\n    from lib import late\n    return late()\n",
        lib="from deep import late\n",
        deep=LATE,
    ),
    code(
        "what an inner import imports within",
        "\ndef task():\n    from lib import late\n    return late()\n",
        lib="def late():\n    from deep import late\n    return late()\n",
        deep=LATE,
    ),
    code(
        "a relative inner import",
        "\nfrom pkg.sub import f\ndef task():\n    return f()\n",
        pkg____init__="",
        pkg__sub="def f():\n    from .lib import late\n    return late()\n",
        pkg__lib=LATE,
    ),
    code(
        "a relative inner import of a module",
        "\nfrom pkg.sub import f\ndef task():\n    return f()\n",
        pkg____init__="",
        pkg__sub="def f():\n    from . import lib\n    return lib.late()\n",
        pkg__lib=LATE,
    ),
    code(
        "a relative import from above",
        "\nfrom pkg.a.sub import f\ndef task():\n    return f()\n",
        pkg____init__="",
        pkg__a____init__="",
        pkg__a__sub="def f():\n    from ..lib import late\n    return late()\n",
        pkg__lib=LATE,
    ),
    code(
        "relative imports of an inner import",
        "\ndef task():\n    from pkg import f\n    return f()\n",
        pkg____init__="from .sub import f\n",
        pkg__sub="from .lib import late as f\n",
        pkg__lib=LATE,
    ),
    code(
        "a star import", "\ndef task():\n    import lib\n    return lib.late()\n", lib="from deep import *\n", deep=LATE
    ),
    code(
        "an import by import_module",
        "\nimport importlib\ndef task():\n    return importlib.import_module('lib').late()\n",
        lib=LATE,
    ),
    Kind(
        "a data file named in the function",
        "\ndef task():\n    return open('data.txt').read()\n",
        files={"data.txt": "@@"},
    ),
    Kind(
        "a data file named by a Path",
        "\nDATA = pathlib.Path('in') / 'data.txt'\ndef task():\n    return DATA.read_text()\n",
        files={"in/data.txt": "@@"},
    ),
    Kind(
        "a data file beside the code",
        "\nHERE = pathlib.Path(__file__).parent\nDATA = HERE / 'data.txt'\ndef task():\n    return DATA.read_text()\n",
        files={"data.txt": "@@"},
    ),
    Kind(
        "a data file named in another file",
        "\nfrom lib import f\ndef task():\n    return f()\n",
        files={"lib.py": "def f(path='data.txt'):\n    return open(path).read()\n", "data.txt": "@@"},
    ),
]
KINDS = [*CONSTANTS, *CODE, *FILES, *MORE]
