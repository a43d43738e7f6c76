"""Whole manifests, and the IR, of the examples. For a change that is meant: --update-golden, and read what changes."""

from pathlib import Path

import pytest

from runnable.configuration import load_configuration
from runnable.driver.compile import compile_to
from runnable.frontend.giving import give
from runnable.frontend.loading import load
from tests.conformance.test_examples import EXAMPLES, NEEDS_STORE, WITH_STORE
from tests.support.manifests import problems, read
from tests.support.paths import ROOT


def compile_example(example, monkeypatch, configuration="", target="argo", **options):
    monkeypatch.chdir(ROOT)
    loaded = load(example)
    built = give(loaded.unit, loaded.parameters_file, loaded.parameters)
    (document,) = compile_to(target, built, load_configuration(configuration), **options)
    return document.text


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_compiles_to_the_manifest_that_is_kept(example, golden, monkeypatch):
    text = compile_example(example, monkeypatch, WITH_STORE if example in NEEDS_STORE else "")
    others = [one for file in sorted((ROOT / example).parent.glob("*.yaml")) for one in read(file.read_text())]
    others = [one for one in others if isinstance(one, dict) and "kind" in one]  # that it refers to, beside parameters
    assert [problems(document, *others) for document in read(text)] == [[]]
    name = f"{Path(example).parent.name}-{Path(example).stem}"
    golden(Path(__file__).parent / "argo" / f"{name}.yaml", text)
    golden(Path(__file__).parent / "examples" / f"{name}.ir", compile_example(example, monkeypatch, target="ir"))


def test_the_example_of_a_configuration_compiles_to_the_manifest_that_is_kept(golden, monkeypatch):
    text = compile_example("examples/02-sequential/traversal.py", monkeypatch, "examples/configs/argo-config.yaml")
    assert [problems(document) for document in read(text)] == [[], []]
    golden(Path(__file__).parent / "argo" / "configured.yaml", text)


def test_the_example_of_events_compiles_to_the_manifest_that_is_kept(golden, monkeypatch):
    text = compile_example("examples/25-events/orders.py", monkeypatch, "examples/25-events/events.yaml")
    template, *events = read(text)
    assert problems(template) == []
    assert [one["kind"] for one in events] == ["EventSource", "EventSource", "Sensor"]
    golden(Path(__file__).parent / "argo" / "events.yaml", text)


def test_the_example_of_pods_that_record_their_run_compiles_to_the_manifest_that_is_kept(golden, monkeypatch):
    text = compile_example("examples/09-retry/goes_on.py", monkeypatch, "examples/configs/argo-runs.yaml")
    assert [problems(document) for document in read(text)] == [[]]
    golden(Path(__file__).parent / "argo" / "recorded.yaml", text)


@pytest.mark.parametrize("example", ["14-caching/caching", "22-step-cache/step_cache", "23-artifacts/artifacts"])
def test_the_example_of_what_argo_keeps_compiles_to_the_manifest_that_is_kept(example, golden, monkeypatch):
    text = compile_example(f"examples/{example}.py", monkeypatch, "examples/configs/argo-pages.yaml")
    assert [problems(document) for document in read(text)] == [[]]
    golden(Path(__file__).parent / "argo" / f"kept-{Path(example).stem}.yaml", text)


def test_no_manifest_names_a_place_of_this_machine():
    for kept in (Path(__file__).parent / "argo").glob("*.yaml"):
        assert str(ROOT) not in kept.read_text(encoding="utf-8")
