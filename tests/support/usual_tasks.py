# ruff: noqa: E501 - as people write them
"""A hundred tasks as people write them: a body for `task`, with what stands before it in the file."""

from __future__ import annotations

from itertools import product

HEAD = """
from __future__ import annotations
import collections, csv, datetime as dt, decimal, enum, functools, hashlib, itertools, json, logging, math, operator
import os, pathlib, pickle, random, re, statistics, string, subprocess, sys, tempfile, threading, time, types, typing, uuid
from collections import Counter, defaultdict, deque, namedtuple
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial, reduce, singledispatch, wraps
from pathlib import Path
from typing import Any, Generic, Iterable, Literal, NamedTuple, Optional, Protocol, TypedDict, TypeVar
from pydantic import BaseModel, Field, TypeAdapter, field_validator, validate_call

logger = logging.getLogger(__name__)
logging.basicConfig(level=logging.INFO)
HERE = Path(__file__).parent
DATA = HERE / "data"
T = TypeVar("T")
LOCK = threading.Lock()

class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"

class Settings(BaseModel):
    rate: float = Field(0.1, gt=0)
    names: list[str] = []
    color: Color = Color.RED
    when: dt.date = dt.date(2026, 1, 1)

    @field_validator("rate")
    @classmethod
    def positive(cls, value):
        return abs(value)

@dataclass(frozen=True)
class Point:
    x: float
    y: float = 0.0
    tags: frozenset[str] = frozenset({"a", "b"})

    def norm(self) -> float:
        return math.hypot(self.x, self.y)

class Row(TypedDict):
    name: str
    value: int

class Shape(Protocol):
    def area(self) -> float: ...

class Box(Generic[T]):
    def __init__(self, value: T) -> None:
        self.value = value

class Model:
    registry: dict[str, type] = {}
    def __init_subclass__(cls, **options):
        Model.registry[cls.__name__] = cls
    def fit(self, rows):
        self.mean = statistics.fmean(rows)
        return self

class Ridge(Model):
    alpha = 0.5

def timed(function):
    @wraps(function)
    def inside(*args, **options):
        start = time.perf_counter()
        try:
            return function(*args, **options)
        finally:
            logger.info("%s took %s", function.__name__, time.perf_counter() - start)
    return inside

@contextmanager
def opened(name):
    with open(name) as file:
        yield file

@lru_cache(maxsize=None)
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)

@singledispatch
def shown(value):
    return str(value)

@shown.register
def _(value: list):
    return ", ".join(map(shown, value))

@timed
def scale(values, by=2.0):
    return [value * by for value in values]

CLEANERS = {"strip": str.strip, "lower": str.lower, "digits": lambda text: re.sub(r"\\D", "", text)}
STEPS = [scale, partial(scale, by=3), operator.itemgetter(0)]
PATTERN = re.compile(r"(\\w+)=(\\d+)", re.IGNORECASE)
WORDS = {"the", "a", "of"}
SETTINGS = Settings(rate=0.2, names=["x"])
ADAPTER = TypeAdapter(list[Settings])
ORIGIN = Point(1.0, 2.0)
LIMITS = {Color.RED: 1, Color.BLUE: (2, dt.timedelta(days=1))}
CONFIG = types.SimpleNamespace(rate=decimal.Decimal("0.1"), path=DATA / "x.csv", seed=7)
RANDOM = random.Random(7)
WINDOW = deque(maxlen=3)
Pair = namedtuple("Pair", "left right", defaults=(0,))
"""

USES = [
    "shown([1, 2])",
    "fibonacci(10)",
    "scale([1.0, 2.0])",
    "SETTINGS.model_dump_json()",
    "ORIGIN.norm()",
    "PATTERN.findall('a=1')",
    "[f for f in STEPS][0]([1.0])",
    "{n: f(' A1 ') for n, f in CLEANERS.items()}",
    "Counter(w for w in 'the cat'.split() if w not in WORDS)",
    "CONFIG.rate + 1",
    "LIMITS[Color.RED]",
    "Ridge().fit([1, 2]).mean * Ridge.alpha",
    "Model.registry",
    "ADAPTER.validate_python([{'rate': 1}])",
    "Box(Pair(1)).value",
    "RANDOM.random()",
    "[Point(n).norm() for n in range(3)]",
    "hashlib.sha256(b'a').hexdigest()",
    "reduce(operator.mul, [1, 2, 3])",
    "list(itertools.pairwise([1, 2, 3]))",
]
SHAPES = [
    "def task(n: int = 1):\n    logger.info('n is %s', n)\n    return {use}\n",
    "@timed\ndef task(settings: Settings = SETTINGS, points: Optional[list[Point]] = None):\n    return {use}\n",
    "def task(rows: list[Row] = (), *, by: Literal['a', 'b'] = 'a'):\n    with LOCK, suppress(ValueError):\n        return {use}\n",
    "def task() -> dict[str, Any]:\n    def inner(value):\n        return value, CONFIG.seed\n    import shutil\n    from lib import late\n    return dict(result=inner({use}), free=shutil, late=late)\n",
    "@validate_call\ndef checked(n: int = 2):\n    return n\ndef task(path: Path = DATA):\n    WINDOW.append(checked())\n    return [{use}, path.name, os.path.join('a', 'b')]\n",
]
LIBRARY = "RATES = {'a', 'b'}\ndef late():\n    return sorted(RATES)\n"


def usual_tasks() -> list[str]:
    """The texts of ``pipe.py``, each with a function `task`."""
    return [HEAD + shape.format(use=use) for use, shape in product(USES, SHAPES)]
