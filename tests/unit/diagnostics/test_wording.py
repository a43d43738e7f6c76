"""Which name is meant by one that is not there."""

import pytest

from runnable.diagnostics.wording import did_you_mean, nearest

KEYS = ("image", "imagePullPolicy", "pvcForRunnable", "ttl")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("imag", "image"),
        ("Image_Pull_Policy", "imagePullPolicy"),
        ("pvc", "pvcForRunnable"),
        ("pv", None),
        ("for", None),
        ("schedule", None),
    ],
)
def test_a_name_is_meant_if_it_is_near_or_begins_so(given, meant):
    assert nearest(given, KEYS) == meant


def test_without_one_there_is_what_is_known():
    assert did_you_mean("pvc", KEYS) == "did you mean 'pvcForRunnable'?"
    assert did_you_mean("zzz", KEYS, "keys") == "known keys: image, imagePullPolicy, pvcForRunnable, ttl"
    assert did_you_mean("zzz", ()) is None
