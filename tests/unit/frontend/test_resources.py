"""A step's requests and limits: what is taken, and every mistake that Kubernetes would refuse later."""

import pytest

from runnable.frontend.resources import read_resources
from runnable.ir.options import Resources


def mistakes(value):
    found = []
    read_resources(value, found.append)
    return found


def test_requests_and_limits_take_any_resource_and_numbers_become_texts():
    limits = {"ephemeral-storage": "2Gi", "amd.com/gpu": 1, "nvidia.com/mig-1g.5gb": "2", "hugepages-2Mi": "4Mi"}
    value = {"cpu": 1, "requests": {"memory": "1Gi"}, "limits": limits}
    found = read_resources(value, pytest.fail)
    assert found == Resources(
        cpu="1",
        requests=(("memory", "1Gi"),),
        limits=tuple((name, str(quantity)) for name, quantity in limits.items()),
    )


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "is a mapping"),
        ({"limit": {}}, "did you mean 'limits'"),
        ({"amd.com/gpu": 1}, "under requests and limits"),
        ({"requests": 1}, "requests is a mapping"),
        ({"requests": {"memroy": "1Gi"}}, "did you mean 'memory'"),
        ({"limits": {"ephemeral_storage": "1Gi"}}, "did you mean 'ephemeral-storage'"),
        ({"limits": {"memory": "1 GB"}}, "memory is a Kubernetes quantity"),
        ({"limits": {"memory": True}}, "memory is a Kubernetes quantity"),
        ({"limits": {"amd.com/gpu": "500m"}}, "a whole number of devices"),
        ({"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}, "at most the limit"),
        ({"memory": "1Gi", "requests": {"memory": "2Gi"}}, "at most the limit"),
        ({"requests": {"amd.com/gpu": 1}, "limits": {"amd.com/gpu": 2}}, "have to be the same"),
    ],
)
def test_what_kubernetes_would_refuse_is_a_mistake(value, words):
    (reason,) = mistakes(value)
    assert words in reason
