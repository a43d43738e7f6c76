"""Names for objects of Kubernetes."""

import pytest

from runnable.targets.kubernetes.names import LONGEST_OBJECT, is_label, object_name

NAMES = ["отчёт", "日本語", "отчёт 2", "отчет 2", "größe", "grosse", "GROSSE ", "é" * 80, "train"]


def test_pipelines_of_other_scripts_have_names_of_their_own():
    made = {object_name(name) for name in ("отчёт", "日本語", "отчёт 2", "отчет 2", "größe", "gröse")}
    assert len(made) == 6


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_legal_and_always_the_same(name):
    assert is_label(object_name(name), LONGEST_OBJECT)
    assert object_name(name) == object_name(name)


def test_a_name_of_latin_letters_is_plain():
    assert object_name("Train the model") == "train-the-model"
