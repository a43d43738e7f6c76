"""What Argo's own expressions make of a value is what a run here makes of it."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runnable.targets.argo import expressions
from runnable.targets.argo.lookup import Lookup
from runnable_runtime.failures import BadInput
from runnable_runtime.values.parameters import decode_lines, encode, encode_lines
from tests.support.evaluator import NOT_HERE, Evaluator, NotHad

pytestmark = [pytest.mark.install, pytest.mark.skipif(bool(NOT_HERE), reason=NOT_HERE)]  # its module is fetched

HOSTILE = [
    "it's",
    'a "b"',
    "back\\",
    "{{x}}",
    "}} {{",
    "], [",
    "größe 💥",
    "\u2028",
    "a\nb",
    "$(X) $$",
    "",
    " lead",
    "1",
    "1.10",
]
HOSTILE += ["1e3", "12e4567", "007", "true", "True", "None", "null", "[1]", '{"a": 1}', '\\"', "<>&", "\x01", '"x":']
NUMBERS = [1.0, 0, -0.0, 1e16, 1e15, 1e-07, 1.5e-09, 1e-05, 0.0001, 2**53 + 1, 10**30, -(2**63) - 1, 1e22, 5e-324]
scalars = st.one_of(
    st.sampled_from([*HOSTILE, *NUMBERS, True, False, None]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner), max_leaves=5
)
LOOKUP = Lookup(2, ("all", "any", "len", "max", "min", "sum"))
NOTHING = "\0"


@pytest.fixture(scope="module")
def argo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evaluator]:
    try:
        evaluator = Evaluator(tmp_path_factory.mktemp("evaluator"))
    except NotHad as error:
        pytest.skip(f"{error} cannot be fetched")
    with evaluator:
        yield evaluator


def chosen(argo: Evaluator, lines: str, name: str = "p") -> str:
    """The name of the branch that Argo looks for; `NOTHING` for what is the name of none."""
    condition = LOOKUP.is_one_of(expressions.INPUT_TEXT, name, [])
    text = condition.removesuffix("; t != nil && t in []") + "; t ?? '\\u0000'"
    assert text != condition
    return argo(expressions.tag(text), **{expressions.INPUT_TEXT: lines})


def chosen_here(value: object) -> str:
    return NOTHING if isinstance(value, list | dict) else str(value)


@given(values)
@settings(max_examples=150, deadline=None)
def test_a_conditional_compares_the_same_text(argo, value):
    returned = encode_lines({"a": 1, "p": value, "z": "p"})
    assert chosen(argo, returned) == chosen_here(value)
    item = f'["item","p","over",{encode([0, 3, value])}]'
    assert chosen(argo, item) == chosen_here(value)


@given(
    st.lists(scalars, max_size=4)
    | st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=4)
    | st.lists(st.booleans(), min_size=1)
)
@settings(max_examples=150, deadline=None)
@pytest.mark.parametrize("reducer", ["all", "any", "len", "max", "min"])
def test_a_conditional_compares_what_a_map_is_reduced_to_or_argo_says_that_it_cannot(argo, reducer, found):
    lines = encode(["each", ["p"], [{"out": encode_lines({"p": one})} for one in found], reducer])
    try:
        expected = chosen_here(decode_lines(lines)["p"])
    except BadInput:
        expected = "error"
    assert chosen(argo, lines) in (expected, "error")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(HOSTILE))
@settings(max_examples=150, deadline=None)
def test_a_conditional_compares_what_a_person_types_as_the_steps_get_it(argo, text):
    lines = argo(expressions.typed_parameter("p"), **{"workflow.parameters.p": text})
    value = decode_lines(lines)["p"]
    if isinstance(value, dict):
        return  # it is not decoded there: no branch is called so
    found = chosen(argo, lines)
    assert found.strip() == chosen_here(value).strip()


@given(st.lists(values, max_size=4), st.sampled_from(["p", "a-b", "item", "each", "number", "in"]))
@settings(max_examples=200, deadline=None)
def test_a_map_has_the_same_items(argo, items, name):
    lines = encode_lines({"other": [1], name: items})
    found = argo(
        expressions.tag(LOOKUP.items(expressions.OVER_TEXT, name, by_value=True)), **{expressions.OVER_TEXT: lines}
    )
    given = [decode_lines(f'["item","x","{name}",{json.dumps(one)}]')["x"] for one in json.loads(found)]
    assert json.dumps(given) == json.dumps(items)
