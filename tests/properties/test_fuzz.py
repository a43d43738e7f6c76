"""A short fuzz of what comes from outside, with the seeds of hypothesis; `make fuzz` does it for longer."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import ODD, Choices, changed_lines, changed_value
from tests.fuzz.targets import TARGETS, Failure, World, one, run


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("fuzz") / "world")


@pytest.mark.parametrize("target", TARGETS)
def test_a_command_works_or_ends_with_an_error_of_ours(target: str, world: World) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(st.binary(min_size=24, max_size=48))
    @example(b"")
    def case(data: bytes) -> None:
        one(world, data, [target])

    case()


def test_the_fuzzer_finds_what_it_is_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tests.fuzz.targets.main", lambda _: 70)
    with pytest.raises(Failure):
        run("runs")
    monkeypatch.setattr("tests.fuzz.targets.main", lambda _: print("\x1b]52;c;YQ==\x07") or 0)
    with pytest.raises(Failure, match="steers"):
        run("runs")


def test_changes_are_made_of_the_bytes_alone() -> None:
    line = b'{"run":{"run_id":"r","steps":[1,2]},"crc":"00000000"}\n'
    data = bytes(range(60))
    assert changed_lines(line, Choices(data)) == changed_lines(line, Choices(data)) != line
    assert changed_value({"a": [1]}, Choices(b"")) in ODD
