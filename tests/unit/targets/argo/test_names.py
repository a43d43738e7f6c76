"""Names that Argo and Kubernetes take, made of names that people choose."""

import pytest

from runnable.targets.argo.names import Names, within
from runnable.targets.kubernetes.names import LONGEST, LONGEST_OBJECT, is_label, object_name, slug


@pytest.mark.parametrize(
    ("chosen", "legal"),
    [
        ("hello", "hello"),
        ("Hello Python", "hello-python"),
        ("a_b", "a-b"),
        ("  --x--  ", "x"),
        ("2nd try", "step-2nd-try"),
        ("***", "step"),
        ("name", "step-name"),
    ],
)
def test_a_name_is_the_users_own_made_legal(chosen, legal):
    assert slug(chosen) == legal


def test_a_name_that_must_be_cut_ends_in_a_hash_of_the_whole():
    first, second = slug("x" * 100 + "a"), slug("x" * 100 + "b")
    assert len(first) == LONGEST
    assert first != second
    assert first == slug("x" * 100 + "a")
    assert first.startswith("x" * 40)


def test_names_that_become_alike_are_numbered_in_order():
    names = Names()
    assert [names.new(text) for text in ("a b", "a-b", "A_B", "other", "a b")] == [
        "a-b",
        "a-b-2",
        "a-b-3",
        "other",
        "a-b-4",
    ]


def test_a_number_never_hits_a_name_that_is_in_use():
    names = Names()
    assert [names.new(text) for text in ("a-2", "a", "a")] == ["a-2", "a", "a-3"]


@pytest.mark.parametrize(
    ("path", "graph", "rest"),
    [
        ("P.b1.c", "P", "b1.c"),
        ("a", "", "a"),
        ("P/part 2", "P", "part 2"),
        ("m.*.t", "m.*", "t"),
        ("/part 1", "", "part 1"),
    ],
)
def test_a_task_is_named_by_its_path_within_its_graph(path, graph, rest):
    assert within(path, graph) == rest


def test_an_objects_name_leaves_room_for_what_argo_adds():
    assert object_name("My pipeline!") == "my-pipeline"
    assert len(object_name("x" * 200)) == LONGEST_OBJECT


@pytest.mark.parametrize("text", ["", "A", "a.b", "-a", "a-", "a_b", "x" * 53, "ä", "a\n"])
def test_what_is_no_label(text):
    assert not is_label(text, 52)
