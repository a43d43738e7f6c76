"""One browser for all tests of the tier: playwright can be started once in a process."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.browser import opened


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    with opened() as browser:
        yield browser
