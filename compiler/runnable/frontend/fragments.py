"""Reading a step's `pod` and `template`: a mapping, or the path of a YAML file that has one."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runnable.configuration.yaml_file import read_mapping
from runnable.diagnostics.errors import ConfigurationError
from runnable.targets.argo.template_fragment import read_template
from runnable.targets.kubernetes.pod_fragment import read_fragment
from runnable.targets.kubernetes.pod_schema import Mistake


def load_fragment(value: Any, root: Path, bad: Callable[[str, str], None]) -> str:
    """The fragment of a pod's spec that `value` is, as JSON; empty beside mistakes, which `bad` takes with what to do.

    A path is one from the project's folder `root`.
    """
    return _load(value, root, bad, read_fragment, "a fragment of a pod's spec")


def load_template(value: Any, root: Path, bad: Callable[[str, str], None]) -> str:
    """The fragment of Argo's template that `value` is; see `load_fragment`."""
    return _load(value, root, bad, read_template, "a fragment of a template")


def _load(
    value: Any,
    root: Path,
    bad: Callable[[str, str], None],
    read: Callable[[Any], tuple[str, list[Mistake]]],
    what: str,
) -> str:
    if value is None:
        return ""
    of_file = ""
    if isinstance(value, str | os.PathLike):
        file = os.fspath(value)
        of_file = f" of {file}"
        try:
            value = read_mapping(str(root / file), what)
        except ConfigurationError as error:
            bad(f"is read from a file: {error.diagnostics[0].message}", "")
            return ""
    text, mistakes = read(value)
    for at, reason, instead in mistakes:
        bad(f"{of_file[1:]}: {at} {reason}" if of_file else f"{at} {reason}".strip(), instead)
    return text
