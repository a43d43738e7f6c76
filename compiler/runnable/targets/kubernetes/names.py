"""Legal names for objects of Kubernetes, made of a pipeline's and its steps' names."""

from __future__ import annotations

import re

from runnable_runtime.deferred import pattern
from runnable_runtime.digests import sha256_hex

LONGEST = 60
"""Characters of a task's or template's name, without a number that makes it unique. Argo takes 128; a pod's name has it
between the workflow's name and a hash."""


LONGEST_OBJECT = 52
"""Characters of an object's name: what Kubernetes takes for a CronWorkflow, so that every pipeline can be scheduled."""


_RESERVED = frozenset(
    {"name", "in", "or", "and", "not", "matches", "contains", "let", "if", "else", "true", "false", "nil"}
)
"""What means something else in Argo's expressions, in which tasks are named: `tasks.name`, and words of the language
(expr-lang 1.17, parser/lexer/state.go). ``depends: in.Succeeded`` fails, and what depends on it is left out."""


_LABEL = pattern(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


def slug(text: str, longest: int = LONGEST) -> str:
    """`text` as ``[a-z][a-z0-9-]*`` of at most `longest` characters."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if not plain or not plain[0].isalpha() or plain in _RESERVED:
        plain = f"step-{plain}".rstrip("-")
    if len(plain) <= longest:
        return text if plain == text else plain  # most names are, and are there already
    return f"{plain[: longest - 9].rstrip('-')}-{_digest(text)}"


def object_name(text: str) -> str:
    """A legal name for a Kubernetes object, made of a pipeline's name.

    Where letters of other scripts than Latin are lost, a digest tells names apart that would become the same.
    """
    if any(character.isalnum() and not character.isascii() for character in text):
        return f"{slug(text, LONGEST_OBJECT - 9)}-{_digest(text)}"
    return slug(text, LONGEST_OBJECT)


def is_label(text: str, longest: int) -> bool:
    """Whether `text` is a name for a Kubernetes object or namespace, of at most `longest` characters."""
    return len(text) <= longest and _LABEL.fullmatch(text) is not None


def _digest(text: str) -> str:
    return sha256_hex(text)[:8]
