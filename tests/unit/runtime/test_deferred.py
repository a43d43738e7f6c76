"""Dataclasses that are made at the first use of a class are what the standard library makes of the same text."""

import copy
import dataclasses
import inspect
import os
import pickle
import random
import re
import subprocess
import sys
import threading
import time
import types
from functools import partial

import pytest

from runnable_runtime import deferred, fieldwise
from runnable_runtime.deferred import changed
from runnable_runtime.records.records import Kind, StepRecord
from tests.support.paths import ROOT

CLASSES = {
    "plain": "@dataclass\nclass A:\n    x: int\n    y: str = 'y'",
    "frozen": "@dataclass(frozen=True)\nclass A:\n    x: int\n    y: str = 'y'",
    "slots": "@dataclass(slots=True)\nclass A:\n    x: int\n    y: str = 'y'",
    "frozen slots": "@dataclass(frozen=True, slots=True)\nclass A:\n    x: int\n    y: tuple = ()",
    "named only": "@dataclass(frozen=True, slots=True, kw_only=True)\nclass A:\n    y: int = 3\n    x: int",
    "ordered": "@dataclass(frozen=True, slots=True, order=True)\nclass A:\n    x: int\n    y: int = 0",
    "compared by identity": "@dataclass(slots=True, eq=False)\nclass A:\n    x: int",
    "shown otherwise": "@dataclass(repr=False)\nclass A:\n    x: int\n    def __repr__(self): return 'mine'",
    "of its own equality": "@dataclass(slots=True)\nclass A:\n    x: int\n    def __eq__(self, other): return True",
    "of its own equality, frozen": (
        "@dataclass(frozen=True, slots=True)\nclass A:\n    x: int\n    def __eq__(self, other): return True"
    ),
    "of its own hash": "@dataclass(slots=True)\nclass A:\n    x: int\n    def __hash__(self): return 7",
    "of its own beginning": "@dataclass(init=False)\nclass A:\n    x: int\n    def __init__(self, x): self.x = x",
    "made of others": (
        "@dataclass(slots=True)\nclass A:\n    x: int\n    y: list = field(default_factory=list)\n"
        "    z: int = field(default=4, repr=False, compare=False)"
    ),
    "after its beginning": (
        "@dataclass(slots=True)\nclass A:\n    x: int\n    y: int = field(init=False)\n"
        "    def __post_init__(self): self.y = self.x * 2"
    ),
    "of the class": "@dataclass(slots=True)\nclass A:\n    x: int\n    seen: ClassVar[int] = 5",
    "for its beginning": (
        "@dataclass(slots=True)\nclass A:\n    x: int\n    more: InitVar[int] = 1\n"
        "    def __post_init__(self, more): self.x += more"
    ),
    "in part named only": "@dataclass(slots=True)\nclass A:\n    x: int\n    _: KW_ONLY\n    y: int = 2",
    "generic": "T = TypeVar('T')\n@dataclass(frozen=True, slots=True)\nclass A(Generic[T]):\n    x: T\n    y: int = 1",
    "of a base": (
        "@dataclass(frozen=True, slots=True)\nclass B:\n    x: int\n    y: int = 1\n"
        "@dataclass(frozen=True, slots=True)\nclass A(B):\n    y: int = 2\n    z: int = 3"
    ),
    "of a base whose slots it has": (
        "@dataclass(kw_only=True)\nclass B:\n    __slots__ = ()\n    y: list = field(default_factory=list)\n"
        "@dataclass(slots=True)\nclass C:\n    x: int\n"
        "@dataclass(slots=True, kw_only=True)\nclass A(B, C):\n    pass"
    ),
    "of no argument": (
        "@dataclass(slots=True)\nclass B:\n    x: int\n    w: int | None = field(default=None, init=False)\n"
        "@dataclass(slots=True)\nclass A(B):\n    y: int = field(default=4, init=False)"
    ),
    "of a base that is none": "class B:\n    pass\n@dataclass(slots=True)\nclass A(B):\n    x: int",
    "with a subclass that is none": "@dataclass(frozen=True)\nclass B:\n    x: int\nclass A(B):\n    pass",
    "with a subclass of its own beginning": (
        "@dataclass\nclass B:\n    x: int\nclass A(B):\n    def __init__(self, x): super().__init__(x + 1)"
    ),
    "abstract": "@dataclass(slots=True)\nclass A(ABC):\n    x: int\n    def other(self): return self.x",
    "of no field": "@dataclass(frozen=True, slots=True)\nclass A:\n    def __init_subclass__(cls): pass",
}
NAME = "a_module_with_a_dataclass"
IMPORTS = """from __future__ import annotations
from abc import ABC
from dataclasses import InitVar, KW_ONLY, field
from typing import ClassVar, Generic, TypeVar
"""


def defined(decorator, text):
    """The class A of a text, of a module that is there to be looked for: a pickle names it."""
    module = sys.modules[NAME] = types.ModuleType(NAME)
    module.dataclass = decorator
    exec(IMPORTS + text, vars(module))
    return module.A


@pytest.fixture(autouse=True)
def _no_module(monkeypatch):
    monkeypatch.delitem(sys.modules, NAME, raising=False)


def outcome(action):
    """What comes of it; an attribute of a frozen object that is no field is refused, by accident in 3.11."""
    try:
        return action()
    except (dataclasses.FrozenInstanceError, TypeError):
        return "refused"
    except Exception as error:
        return type(error)


def set_to_9(instance):
    instance.x = 9
    return instance.x


def remove(instance):
    del instance.x


ACTIONS = {
    "shown": lambda cls, make: repr(make()),
    "equal": lambda cls, make: (make() == make(), make() == 3, make() != make()),
    "hashed": lambda cls, make: hash(make()) == hash(make()) if cls.__eq__ is not object.__eq__ else None,
    "ordered": lambda cls, make: (make() < make(), make() >= make()),
    "changed": lambda cls, make: set_to_9(make()),
    "removed": lambda cls, make: remove(make()),
    "given too much": lambda cls, make: cls(1, 2, 3, 4, 5),
    "given nothing": lambda cls, make: repr(cls()),
    "given by name": lambda cls, make: repr(cls(x=5)),
    "another attribute": lambda cls, make: setattr(make(), "other_than_fields", 1),
    "pickled": lambda cls, make: repr(pickle.loads(pickle.dumps(make()))),
    "copied": lambda cls, make: repr(copy.deepcopy(make())),
    "replaced": lambda cls, make: repr(dataclasses.replace(make(), x=8)),
    "fields": lambda cls, make: [
        (f.name, f.type, f.default, f.kw_only, f.init, f.repr) for f in dataclasses.fields(cls)
    ],
    "is one": lambda cls, make: (dataclasses.is_dataclass(cls), dataclasses.is_dataclass(make())),
    "signature": lambda cls, make: str(inspect.signature(cls)),
    "positions": lambda cls, make: cls.__match_args__,
    "parameters": lambda cls, make: repr(cls.__dataclass_params__),
    "slots": lambda cls, make: [base.__dict__.get("__slots__") for base in cls.__mro__],
    "size": lambda cls, make: hasattr(make(), "__dict__"),
    "of the class": lambda cls, make: cls.seen,
    "read": lambda cls, make: [getattr(make(), f.name) for f in dataclasses.fields(cls)],
}


@pytest.mark.parametrize("often", [fieldwise.OFTEN, 0])
@pytest.mark.parametrize("text", CLASSES)
def test_a_class_does_the_same_whatever_it_does_first(text, often, monkeypatch):
    monkeypatch.setattr(fieldwise, "OFTEN", often)

    def results(decorator):
        found = {}
        for name, action in ACTIONS.items():
            cls = defined(decorator, CLASSES[text])
            make = cls if text == "of no field" else partial(cls, x=1)
            found[name] = outcome(partial(action, cls, make))
        return found

    assert results(deferred.dataclass) == results(dataclasses.dataclass)


@pytest.mark.parametrize("text", CLASSES)
def test_afterwards_a_class_has_what_the_standard_library_gives_it(text):
    theirs, ours = (defined(decorator, CLASSES[text]) for decorator in (dataclasses.dataclass, deferred.dataclass))
    assert ours.__dataclass_params__
    assert sorted(vars(ours)) == sorted(vars(theirs))
    assert inspect.signature(ours) == inspect.signature(theirs)
    assert ours.__qualname__ == theirs.__qualname__


def test_who_asks_for_the_signature_twice_finds_it_twice():
    """hypothesis does: first whether it is there, and then for it."""
    ours = defined(deferred.dataclass, CLASSES["frozen slots"])
    assert isinstance(getattr(ours, "__signature__", None), inspect.Signature)
    assert ours.__signature__ == inspect.signature(ours)


def test_a_class_that_several_threads_use_first_is_whole_for_each(monkeypatch):
    """The others meet it while one of them makes it, which takes a while here."""
    cls = defined(deferred.dataclass, CLASSES["frozen slots"])
    at_once, calls = deferred._Unmade.without_text, []

    def slowly(unmade, name):
        calls.append(name)
        time.sleep(0.02)
        found = at_once(unmade, name)
        time.sleep(0.02)
        return found

    monkeypatch.setattr(deferred._Unmade, "without_text", slowly)
    begin, made = threading.Barrier(20), []

    def use():
        begin.wait()
        time.sleep(0.003 * len(threading.enumerate()) * random.random())
        made.append(cls(1))

    threads = [threading.Thread(target=use) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [cls(1)] * 20
    assert calls == ["__init__", "__eq__"]


def test_no_fork_waits_for_a_class_that_another_thread_was_making():
    taken, done = threading.Event(), threading.Event()

    def hold():
        with deferred._LOCK:
            taken.set()
            done.wait(0.05)

    cls = defined(deferred.dataclass, CLASSES["slots"])
    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait()
    child = os.fork()
    if child == 0:
        os._exit(0 if cls(1) == cls(1) else 1)
    thread.join()
    assert os.waitpid(child, 0)[1] == 0


EVERY_CLASS = """
import importlib, pkgutil, runnable, runnable_runtime
from runnable_runtime import deferred
for package in (runnable_runtime, runnable):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
print(len(deferred._UNMADE))
deferred.begin_all()
for unmade in list(deferred._UNMADE.values()):
    unmade.make()
"""


def test_every_class_of_ours_can_be_made():
    """A mistake in one, such as a field without a default after one with, would show at its first use only."""
    ended = subprocess.run([sys.executable, "-c", EVERY_CLASS], capture_output=True, text=True, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 300


def test_an_object_is_the_same_before_and_after_its_class_is_made(monkeypatch):
    monkeypatch.setattr(fieldwise, "OFTEN", 3)
    cls = defined(deferred.dataclass, CLASSES["frozen slots"])
    objects = [cls(1, y=(number,)) for number in range(6)]
    assert cls not in deferred._UNMADE
    assert [one.y for one in objects] == [(number,) for number in range(6)]
    assert pickle.loads(pickle.dumps(objects)) == objects


def test_a_small_compilation_has_the_library_make_no_class(tmp_path):
    """Each takes it a millisecond: of 190 that are loaded, none is used so often that this is worth while."""
    code = (
        "import sys; from runnable_runtime import deferred\n"
        "made, make = [], deferred._Unmade.make\n"
        "deferred._Unmade.make = lambda self: (made.append(self.cls), make(self))[1]\n"
        "from runnable.cli import main\n"
        "code = main(['compile', 'examples/06-parallel/parallel.py'])\n"
        "print(*(one.__name__ for one in made), file=sys.stderr)\nsys.exit(code)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    assert not ended.stderr.splitlines()[-1]


def test_no_module_of_ours_makes_them_at_its_import():
    taken = re.compile(r"^ *from dataclasses import .*\bdataclass\b|dataclasses\.dataclass\b(?!`)", re.MULTILINE)
    paths = [path for folder in ("compiler", "runtime_image") for path in (ROOT / folder).rglob("*.py")]
    found = [path for path in paths if taken.search(path.read_text(encoding="utf-8"))]
    assert found == [ROOT / "runtime_image" / "runnable_runtime" / "deferred.py"]


def test_a_changed_copy_is_what_the_library_s_would_be() -> None:
    step = StepRecord(path="a", kind=Kind.PYTHON, place=(1,))
    assert changed(step, path="b", message="no") == dataclasses.replace(step, path="b", message="no")
    assert step.path == "a"
    with pytest.raises(AttributeError):
        changed(step, pth="b")
