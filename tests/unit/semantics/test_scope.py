"""What a node sees of the parameters."""

from __future__ import annotations

from runnable.ir.nodes import Reads
from runnable.semantics.scope import Scope


def test_the_innermost_value_counts() -> None:
    outer = Scope.of({"x": 1, "y": 2}).enter()
    outer.write(0, {"x": 10})
    inner = outer.enter()
    inner.write(0, {"z": 3})
    assert inner.visible() == {"x": 10, "y": 2, "z": 3}
    assert outer.visible() == {"x": 10, "y": 2}


def test_a_task_is_given_what_it_reads_and_nothing_else() -> None:
    scope = Scope.of({"x": 1, "y": None, "z": 3})
    assert scope.select(Reads(required=("x", "missing"), optional=("y",))) == {"x": 1, "y": None}
    assert scope.select(Reads(everything=True)) == {"x": 1, "y": None, "z": 3}


def test_a_copy_does_not_see_what_is_written_later() -> None:
    scope = Scope.of({}).enter()
    copy = scope.copy()
    scope.write(0, {"x": 1})
    assert copy.visible() == {}


def test_of_joined_scopes_the_later_position_wins_in_any_order() -> None:
    root = Scope.of({"x": 0})
    a, b = root.enter(), root.enter()
    a.write(1, {"x": "a", "only": "a"})
    b.write(2, {"x": "b"})
    assert a.join([b]).visible() == b.join([a]).visible() == {"x": "b", "only": "a"}


def test_a_chain_shares_one_layer_however_long_it_is() -> None:
    scope = Scope.of({}).enter()
    for position in range(10_000):
        scope.write(position, {f"v{position % 7}": position})
    assert len(scope.visible()) == 7
