"""What of a pod's lines one of its tasks is given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runnable_runtime.fused.lines import kept, produced
from runnable_runtime.fused.spec import FusedSpec, Member, Pause
from runnable_runtime.protocol import SpecError, TaskSpec
from runnable_runtime.values.parameters import decode_lines, encode_lines, with_numbers

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda of: st.lists(of, max_size=3) | st.dictionaries(st.text(max_size=3), of, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from("abcdé"), VALUES), st.sets(st.sampled_from("abcdé")))
def test_what_is_kept_is_the_values_of_the_names(values, names):
    found = decode_lines(kept(encode_lines(values), names))
    assert found == {name: value for name, value in values.items() if name in names}


@pytest.mark.parametrize(
    ("lines", "names", "expected"),
    [
        ('["x","1"]\n["y","2"]', ["y"], '["y","2"]'),
        ('["x","1","int"]', ["x"], '["x","1","int"]'),
        ('["number","1"]', [], ""),
        ('["number",[3,9]]', [], '["number",[3,9]]'),
        ('["iteration","i",2]', [], '["iteration","i",2]'),
        ('["item","x","xs",[3,9,"a"]]', ["x"], '["item","x","xs",[3,9,"a"]]'),
        ('["item","x","xs",[3,9,"a"]]', ["y"], '["number",[3,9]]'),
        ('["object","df",{"key":"k"}]', ["y"], ""),
        ('["each",["y","z"],[{"out":""}],"max"]', ["z"], '["each",["z"],[{"out":""}],"max"]'),
        ('{"a":1,"b":1.0}', ["b"], '{"b":1.0}'),
    ],
)
def test_lines_of_each_form(lines, names, expected):
    assert kept(lines, names) == expected


def test_an_item_that_is_known_by_its_position_takes_its_list_along():
    lines = '{"xs":[5,6,7]}\n{"w":1}\n["item","x","xs",[1,3]]'
    assert decode_lines(kept(lines, ["x"])) == {"xs": [5, 6, 7], "x": 6}
    assert kept(lines, ["w"]) == '{"w":1}\n["number",[1,3]]'


def test_numbers_stay_where_no_item_is_read():
    assert with_numbers("m.*.t", kept('["item","x","xs",[4,9,1]]', [])) == "m.4.t"


def test_outputs_are_known_by_their_names():
    assert produced('{"x":1}\n["object","df",{"key":"k"}]\n["each",["o"],[]]') == {
        "x": '{"x":1}',
        "df": '["object","df",{"key":"k"}]',
        "o": '["each",["o"],[]]',
    }
    assert produced("{}") == {}


def test_the_spec_and_back():
    member = Member(TaskSpec("shell", "true", "b"), ("x",), 3, 60, Pause(1.5, 2, 30))
    spec = FusedSpec("a to b", (Member(TaskSpec("python", "m:f", "a")), member), ("y",))
    import json

    assert FusedSpec.from_json(json.dumps(spec.to_json())) == spec


@pytest.mark.parametrize(
    "text", ["", "[]", '{"name":"a"}', '{"fused":[{}]}', '{"fused":[{"spec":{}}]}', '{"fused":[1]}']
)
def test_what_is_no_spec_is_refused(text):
    with pytest.raises(SpecError):
        FusedSpec.from_json(text)


def test_pauses_grow():
    assert [Pause(2, 3).before(n) for n in (1, 2, 3)] == [2, 6, 18]
