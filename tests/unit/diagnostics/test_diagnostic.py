"""A message's annotations are its fields, named and checked as a frozen dataclass's are."""

from __future__ import annotations

from string import Formatter

import pytest

from runnable.diagnostics.codes import all_codes
from runnable.diagnostics.codes.targets import BadTargetOption, ManifestUnreadable

GIVEN = BadTargetOption(option="--name", reason="it is too long")


def test_a_field_without_a_default_must_be_given():
    with pytest.raises(TypeError, match="BadTargetOption needs option, reason"):
        BadTargetOption()


def test_a_field_that_is_not_there_is_refused_when_made_and_when_replaced():
    with pytest.raises(TypeError, match="BadTargetOption has no reasons"):
        BadTargetOption(option="--name", reason="", reasons=())
    with pytest.raises(TypeError, match="BadTargetOption has no reasons"):
        GIVEN.replace(reasons=())


def test_messages_are_equal_by_their_fields_whether_a_default_was_given_or_not():
    same = BadTargetOption(option="--name", reason="it is too long", known=(), span=None)
    assert same == GIVEN
    assert len({same, GIVEN}) == 1
    assert GIVEN.replace(known=("a",)) != GIVEN
    assert GIVEN.known == ()
    assert GIVEN.option != GIVEN


def test_fields_are_given_in_the_order_in_which_they_are_written():
    assert list(GIVEN.fields().items()) == [
        ("span", None),
        ("option", "--name"),
        ("reason", "it is too long"),
        ("known", ()),
    ]


def test_what_all_of_a_kind_have_is_no_field():
    for kind in all_codes():
        assert kind._names[0] == "span"
        assert not {"code", "explanation", "severity"} & set(kind._names)


@pytest.mark.parametrize("cls", all_codes(), ids=lambda cls: cls.__name__)
def test_templates_name_fields_that_there_are(cls):
    assert hasattr(cls, "message_template") != ("message" in vars(cls)), "a template, or a property instead of it"
    for template in (getattr(cls, "message_template", ""), cls.note_template, cls.help_template):
        for _, name, _, _ in Formatter().parse(template):
            assert name is None or name in cls._names


def test_braces_in_values_are_text():
    found = ManifestUnreadable(file="{reason}", reason="{file} {{x}} %s")
    assert found.message == "cannot read manifests from {reason}: {file} {{x}} %s"
