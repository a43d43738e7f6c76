"""Whole manifests of the examples. After a change that is meant: pytest --update-golden, and read the difference."""

from dataclasses import replace
from pathlib import Path

import pytest

from runnable.configuration import load_configuration, load_parameters
from runnable.driver import compile_to
from runnable.sdk.loading import load
from tests.conformance.test_examples import EXAMPLES as ALL
from tests.conformance.test_examples import NOT_ON_ARGO_YET
from tests.manifests import problems, read

ROOT = Path(__file__).parents[2]
EXAMPLES = [example for example in ALL if example not in NOT_ON_ARGO_YET]


def compile_example(example, monkeypatch, configuration="", **options):
    monkeypatch.chdir(ROOT)
    loaded = load(example)
    program = replace(loaded.built.program, parameters=load_parameters(loaded.parameters_file))
    built = replace(loaded.built, program=program)
    (document,) = compile_to("argo", built, load_configuration(configuration), **options)
    return document.text


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_compiles_to_the_manifest_that_is_kept(example, golden, monkeypatch):
    text = compile_example(example, monkeypatch)
    assert [problems(document) for document in read(text)] == [[]]
    golden(Path(__file__).parent / "argo" / f"{Path(example).parent.name}-{Path(example).stem}.yaml", text)


def test_the_example_of_a_configuration_compiles_to_the_manifest_that_is_kept(golden, monkeypatch):
    text = compile_example("examples/02-sequential/traversal.py", monkeypatch, "examples/configs/argo-config.yaml")
    assert [problems(document) for document in read(text)] == [[], []]
    golden(Path(__file__).parent / "argo" / "configured.yaml", text)


def test_no_manifest_names_a_place_of_this_machine():
    for kept in (Path(__file__).parent / "argo").glob("*.yaml"):
        assert str(ROOT) not in kept.read_text(encoding="utf-8")
