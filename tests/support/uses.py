"""The file of right and wrong uses of the SDK, and which of its lines a type checker should find."""

import re

from tests.support.paths import TESTS

USES = TESTS / "data" / "uses.py"


def wrong() -> set[int]:
    """The numbers of the lines that are wrong."""
    lines = USES.read_text().splitlines()
    return {number for number, line in enumerate(lines, 1) if line.endswith("# wrong")}


def found_in(printed: str, pattern: str) -> set[int]:
    """The numbers of lines in what a type checker printed."""
    return {int(number) for number in re.findall(pattern, printed)}
