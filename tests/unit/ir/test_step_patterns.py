"""Naming steps by the end of their path."""

import pytest

from runnable.ir.step_patterns import is_of_one_item, may_name, names_step, strongest


@pytest.mark.parametrize(
    ("pattern", "path", "names"),
    [
        ("train", "train", True),
        ("train", "p.a.train", True),
        ("rain", "p.a.train", False),
        ("a.train", "p.a.train", True),
        ("b.train", "p.a.train", False),
        ("p.a.train", "p.a.train", True),
        ("x.p.a.train", "p.a.train", False),
        ("m.*.train", "m.3.train", True),
        ("m.3.train", "m.3.train", True),
        ("m.4.train", "m.3.train", False),
        ("*.train", "p.a.train", False),
    ],
)
def test_a_pattern_means_the_steps_whose_path_ends_with_it(pattern, path, names):
    assert names_step(pattern, path) is names


def test_in_the_program_a_number_may_be_that_of_any_item():
    assert may_name("m.3.train", "m.*.train")
    assert may_name("train", "m.*.train")
    assert is_of_one_item("m.3.train", "m.*.train")
    assert not is_of_one_item("m.*.train", "m.*.train")
    assert not is_of_one_item("3.train", "c.3.train")  # a branch called 3


def test_the_pattern_that_says_more_wins():
    patterns = ["train", "m.*.train", "m.3.train", "*.train"]
    assert strongest(patterns, "m.3.train") == "m.3.train"
    assert strongest(patterns, "m.4.train") == "m.*.train"
    assert strongest(patterns, "train") == "train"
    assert strongest(patterns, "other") is None
