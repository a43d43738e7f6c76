"""How names, labels and resources of Kubernetes are written: each rule as a pattern, and in words for messages.

Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/, …/labels/, and
https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Rule(NamedTuple):
    """A pattern of a whole text, and what it asks for."""

    pattern: str
    words: str

    def takes(self, text: object) -> bool:
        """Whether `text` is a text that is written so."""
        return isinstance(text, str) and re.search(self.pattern, text) is not None


OBJECT_NAME = Rule(
    r"^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\Z",
    "a name of Kubernetes: small letters, digits, `-` and `.`, with a letter or digit at both ends",
)
LABEL = Rule(
    r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?\Z",
    "at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends",
)
LABEL_KEY = Rule(
    r"^([a-z0-9][-a-z0-9.]*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\Z",
    "at most 63 letters, digits, `-`, `_` and `.`, perhaps after a domain and a slash: `example.com/team`",
)
NATIVE_RESOURCES = ("cpu", "memory", "ephemeral-storage")
_HUGE_PAGES = "hugepages-"


def is_resource(name: object) -> bool:
    """Whether `name` is that of a resource: one that every node has, or an extended one such as `amd.com/gpu`."""
    if name in NATIVE_RESOURCES:
        return True
    return LABEL_KEY.takes(name) and ("/" in str(name) or str(name).startswith(_HUGE_PAGES))


def is_whole(name: str) -> bool:
    """Whether the resource `name` cannot be promised twice, so that its request is its limit."""
    return "/" in name or name.startswith(_HUGE_PAGES)
