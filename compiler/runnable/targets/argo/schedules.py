"""The conditions of a CronWorkflow: what its controller knows where it evaluates them (workflow/cron/operator.go)."""

from __future__ import annotations

import re

from runnable.targets.argo.expressions import EXPRESSION, TAG
from runnable_runtime.deferred import pattern

_KNOWN = ("failed", "succeeded", "lastScheduledTime", "name", "namespace", "labels", "annotations")
_CRON = "cronworkflow"
_VARIABLE = pattern(rf"\b{_CRON}(?:\.(\w+))?")
_FOREIGN = pattern(r"\b(workflow|inputs|outputs|tasks|steps|item|pod)\.\w+")
_TAG = pattern(re.escape(TAG) + r".*?\}\}", re.S)


def problem_of_when(text: str) -> str:
    """Why `text` is no condition for a workflow to start; empty if it is one."""
    outside = _TAG.sub("", text)
    if not text.strip():
        return "is empty"
    if TAG in outside or "}}" in outside:
        return "has a tag that does not begin or does not end"
    if _VARIABLE.search(outside):
        return f'has {_CRON} outside of a tag: write "{EXPRESSION} {text.strip()} }}}}"'
    return _problem_of_names(text)


def problem_of_stop(text: str) -> str:
    """Why `text` is no condition for a CronWorkflow to stop; empty if it is one."""
    if TAG in text:
        return f"has '{TAG}', and is an expression without tags, such as {_CRON}.failed >= 3"
    if not _VARIABLE.search(text):
        return f"depends on nothing: such as {_CRON}.failed >= 3, or {_CRON}.succeeded >= 1"
    return _problem_of_names(text)


def _problem_of_names(text: str) -> str:
    if foreign := _FOREIGN.search(text):
        return f"has {foreign[0]}, and there is no workflow yet: there is only {_CRON}, with {', '.join(_KNOWN)}"
    for found in _VARIABLE.finditer(text):
        if found[1] not in _KNOWN:
            return f"has {found[0]}, and {_CRON} has {', '.join(_KNOWN)}"
    return ""
