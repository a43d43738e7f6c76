"""What is read of a callable is what `inspect` says of it."""

import functools
import inspect
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runnable_runtime.values.callables import NotWritten, is_generator, unwrapped, written_arguments


def by_inspect(function):
    def own(value):
        return NotWritten if value is inspect.Parameter.empty else value

    return [
        (one.name, int(one.kind), own(one.default), own(one.annotation))
        for one in inspect.signature(function).parameters.values()
    ]


def read(function):
    return [(one.name, one.kind, one.default, one.annotation) for one in written_arguments(function)]


def said_or_refused(reading, taken):
    try:
        return reading(taken)
    except ValueError as refused:  # a method that takes no object
        return str(refused)


@st.composite
def functions(draw):
    """A plain function of any signature, with or without annotations, and sometimes with other defaults since."""
    names = draw(st.permutations([f"a{n}" for n in range(8)]))
    counts = [draw(st.integers(0, 2)) for _ in range(3)]
    only, either, by_name = (names[sum(counts[:n]) : sum(counts[: n + 1])] for n in range(3))
    annotated = {name: draw(st.sampled_from(["", ": int", ": 'Later'", ": list[str] | None"])) for name in names}
    positional = [*only, *either]
    plain = draw(st.integers(0, len(positional)))
    written = [
        f"{name}{annotated[name]}{'' if at < plain else draw(st.sampled_from(['=1', '=None', '=()']))}"
        for at, name in enumerate(positional)
    ]
    if only:
        written.insert(len(only), "/")
    starred = draw(st.booleans())
    if starred or by_name:
        written.append(f"*more{annotated[names[6]]}" if starred else "*")
    written += [f"{name}{annotated[name]}{draw(st.sampled_from(['', '=2']))}" for name in by_name]
    if draw(st.booleans()):
        written.append(f"**rest{annotated[names[7]]}")
    kind = draw(st.sampled_from(["def f({}) -> str: local = 1", "def f({}): yield", "async def f({}): yield"]))
    found = {}
    exec(kind.format(", ".join(written)), found)
    function = found["f"]
    if draw(st.booleans()):
        function.__defaults__ = tuple(draw(st.lists(st.integers(), max_size=len(positional)))) or None
    return function


@given(functions())
def test_a_plain_function(function):
    assert read(function) == by_inspect(function)
    assert is_generator(function) is (inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function))


@given(functions(), st.data())
def test_what_is_made_of_one(function, data):
    """Wrapped, bound, partly applied, a class, an object that is called; and with a signature that is said."""

    @functools.wraps(function)
    def wrapping(*given, **named): ...

    said = types.FunctionType(function.__code__, globals())
    said.__signature__ = inspect.signature(lambda shown, *, also=1: None)
    noted = types.FunctionType(function.__code__, globals())
    noted.note = "in its __dict__"
    kind = type(
        "Kind", (), {"__init__": function, "__call__": function, "method": function, "made": staticmethod(function)}
    )
    called = object.__new__(kind)
    made = [wrapping, said, noted, kind, called, called.method, kind.made, functools.partial(function)]
    taken = data.draw(st.sampled_from(made))
    assert said_or_refused(read, taken) == said_or_refused(by_inspect, taken)
    assert unwrapped(taken) is inspect.unwrap(taken)
    assert is_generator(taken) is (inspect.isgeneratorfunction(taken) or inspect.isasyncgenfunction(taken))


def test_code_that_is_no_functions_own():
    """More defaults than arguments, and the argument of a generator expression that has no name."""
    (code,) = (one for one in compile("(x for x in y)", "f", "eval").co_consts if isinstance(one, types.CodeType))
    inner = types.FunctionType(code, {})
    assert read(inner) == by_inspect(inner)

    def more(a, b): ...

    more.__defaults__ = (1, 2, 3)
    assert read(more) == by_inspect(more)


def test_what_builtins_say():
    assert read(len) == by_inspect(len)
    with pytest.raises(ValueError, match="no signature found"):
        written_arguments(dict)


def test_what_is_kept_is_not_kept_for_other_code_defaults_and_annotations():
    def changing(a, b=1, *, c=2): ...

    assert read(changing) == by_inspect(changing)
    changing.__defaults__ = None
    assert read(changing) == by_inspect(changing)
    changing.__kwdefaults__ = {"c": 2}
    changing.__code__ = (lambda *, c, d: None).__code__
    assert read(changing) == by_inspect(changing)
    changing.__kwdefaults__["d"] = 3
    assert read(changing) == by_inspect(changing)
    changing.__annotations__["d"] = int
    assert read(changing) == by_inspect(changing)
    changing.__annotations__ = {"c": "Later"}
    assert read(changing) == by_inspect(changing)
