"""Workflows of Argo's and Hera's own examples end as they do there."""

import pytest

from runnable.frontend.build import build
from tests.support import clusters
from tests.support.argo_examples import ARGO
from tests.support.hera_examples import HERA

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.thorough,  # each of these features has a test of its own here
    pytest.mark.timeout(600),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]


def ended(ported):
    unit = build(ported.make(), __file__)
    assert not unit.diagnostics, [d.message for d in unit.diagnostics]
    unit.program.parameters.update(ported.parameters)
    return clusters.wait(clusters.start(clusters.compiled(unit)))


@pytest.mark.parametrize("name", ARGO)
def test_an_example_of_argo_ends_as_it_does_there(name):
    found = ended(ARGO[name])
    assert found.phase == ARGO[name].phase
    if name == "dag-continue-on-fail":
        assert not [pod for pod in found.pods if pod["displayName"] == "g"]


@pytest.mark.parametrize("name", HERA)
def test_an_example_of_hera_ends_as_it_does_there(name):
    found = ended(HERA[name])
    assert found.phase == HERA[name].phase
    assert not [pod for pod in found.pods if pod["displayName"] == "tails"]
