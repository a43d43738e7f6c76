"""Workflows of Argo's own examples can be said here: they build, are checked, and compile."""

import pytest

from runnable.configuration import Configuration, Section
from runnable.driver.compile import compile_to
from runnable.frontend.build import build
from tests.support.argo_examples import ARGO
from tests.support.manifests import problems, read


@pytest.mark.parametrize("name", ARGO)
def test_an_example_of_argo_compiles(name):
    unit = build(ARGO[name].make(), __file__)
    assert not unit.diagnostics, [d.message for d in unit.diagnostics]
    unit.program.parameters.update(ARGO[name].parameters)
    configured = Configuration("test.yaml", {"pipeline-executor": Section("argo", {"image": "demo:1"})})
    (document,) = compile_to("argo", unit, configured)
    assert [problem for manifest in read(document.text) for problem in problems(manifest)] == []
