"""What no node can fulfil is found before a pod waits for one forever."""

import pytest

from runnable.diagnostics.errors import DefinitionError
from runnable.targets.kubernetes.pod_fragment import read_fragment
from tests.support.argo_programs import python
from tests.unit.targets.kubernetes.test_pod_options import template


def needs(*expressions):
    """A node affinity; each expression is `key operator values…`."""
    terms = [{"matchExpressions": [expression(text) for text in expressions]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return {"affinity": {"nodeAffinity": required}}


def expression(text):
    key, operator, *values = text.split()
    return {"key": key, "operator": operator, **({"values": values} if values else {})}


def spread(**fields):
    usual = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    return {"topologySpreadConstraints": [usual | fields]}


@pytest.mark.parametrize(
    "fragment",
    [
        needs("disk In ssd nvme", "disk NotIn nvme", "zone Exists", "cores Gt 4"),
        needs("disk DoesNotExist"),
        spread(labelSelector={"matchExpressions": [expression("a Exists")]}),
    ],
)
def test_what_a_node_can_fulfil_is_taken(fragment):
    assert read_fragment(fragment)[1] == []


@pytest.mark.parametrize(
    ("fragment", "words"),
    [
        (needs(), "has no expression"),
        (needs("disk In"), "has no values"),
        (needs("disk Exists ssd"), "has values"),
        (needs("disk in ssd"), "did you mean 'In'"),
        (needs("cores Gt many"), "a whole number"),
        (needs("disk In ssd", "disk In hdd"), "expressions of 'disk' exclude each other"),
        (needs("disk In ssd", "disk NotIn ssd"), "exclude each other"),
        (needs("disk Exists", "disk DoesNotExist"), "exclude each other"),
        (spread(whenUnsatisfiable="DontSchedule"), "did you mean 'DoNotSchedule'"),
        (spread(maxSkew=0), "at least 1"),
        (spread(labelSelector={"matchExpressions": [expression("a Gt 1")]}), "known operators"),
    ],
)
def test_what_no_node_can_fulfil_is_a_mistake(fragment, words):
    text, (mistake,) = read_fragment(fragment)
    assert text == ""
    assert words in f"{mistake.reason} {mistake.instead}"


def test_an_affinity_and_a_node_selector_that_exclude_each_other_are_refused():
    fragment, _ = read_fragment(needs("disk In ssd"))
    assert template(python("a", pod=fragment, node_selector=(("disk", "ssd"),)))
    with pytest.raises(DefinitionError, match="asks for other nodes than node_selector: disk=hdd"):
        template(python("a", pod=fragment, node_selector=(("disk", "hdd"),)))
