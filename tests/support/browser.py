"""Debian's Chromium, driven by playwright: for tests of what people open in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def missing() -> str | None:
    """Why no browser can be driven here; None if one can."""
    if find_spec("playwright") is None:
        return "no browser: the package playwright is not installed (make test-browser installs it)"
    if not any(map(shutil.which, _NAMES)):
        return "no browser: there is no chromium on the path"
    return None


@contextmanager
def opened() -> Iterator[Any]:
    """A browser, of this machine: none is downloaded."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, _NAMES)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        try:
            yield browser
        finally:
            browser.close()
