"""Texts of a configuration that have to be written in some way, which is said in words rather than as a pattern."""

from __future__ import annotations

import re
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
