"""Texts of a configuration that have to be written in some way, which is said in words rather than as a pattern."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError


def written(pattern: str, how: str) -> Any:
    """What makes a type of a settings class refuse texts that are not as `pattern`: "should be `how`"."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if compiled.search(text) is None:
            raise PydanticCustomError("written_otherwise", "should be {how}", {"how": how})
        return text

    return AfterValidator(check)


def free_of(problem: Callable[[str], str]) -> Any:
    """Refuses a text that has a problem: `problem` says which, and is empty for none."""

    def check(text: str) -> str:
        if reason := problem(text):
            raise PydanticCustomError("has_a_problem", "{reason}", {"reason": reason})
        return text

    return AfterValidator(check)
