"""The documentation as a site: built without a warning, its links lead somewhere, and it works from a folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from tests.support.paths import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

SITE = ROOT / "out" / "site"
HOME = SITE / "docs" / "site" / "index.html"


@pytest.fixture(scope="module")
def site() -> Path:
    """The site; what `make docs` has just made of what is here is taken as it is."""
    pytest.importorskip("sphinx", reason="sphinx is not installed: make test-browser installs it")
    if is_fresh():
        return SITE
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-j", "auto", "-c", "docs/site", ".", SITE]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    return SITE


def is_fresh() -> bool:
    """Whether the site is newer than all that it is made of."""
    parts = [ROOT / name for name in ("docs", "examples", "compiler", "runtime_image")]
    made_of = [*ROOT.glob("*.md"), *(file for part in parts for file in part.rglob("*") if file.suffix != ".pyc")]
    first = SITE / "index.html"
    newest = max(file.stat().st_mtime for file in made_of if file.is_file())
    return first.is_file() and first.stat().st_mtime > newest


class Page(HTMLParser):
    """The addresses and anchors of a page, and what it loads by itself."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: set[str] = set()
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {one for one in (given.get("id"), given.get("name")) if one}
        if tag in ("script", "img", "iframe", "source") and given.get("src"):
            self.loaded.append(str(given["src"]))
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.loaded.append(str(given["href"]))
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {file: Page(file) for file in site.rglob("*.html") if "reports" not in file.relative_to(site).parts}


def test_every_link_within_it_leads_somewhere(pages: dict[Path, Page]) -> None:
    lost = []
    for file, page in pages.items():
        for link in (*page.links, *page.loaded):
            address = urlsplit(link)
            if address.scheme in ("http", "https", "mailto", "data"):
                continue
            target = (file.parent / unquote(address.path)).resolve() if address.path else file
            anchor = unquote(address.fragment)
            if not target.is_file():
                lost.append(f"{file.relative_to(SITE)}: {link}")
            elif anchor and target in pages and anchor not in pages[target].anchors:
                lost.append(f"{file.relative_to(SITE)}: no {link}")
    assert lost == []
    assert len(pages) > 100


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    loaded = {one for page in pages.values() for one in page.loaded}
    assert [one for one in loaded if urlsplit(one).scheme not in ("", "data")] == []
    styles = [file.read_text(encoding="utf-8") for file in site.rglob("*.css")]
    assert not [text for text in styles if "url(http" in text or "@import" in text]


def test_the_public_names_are_in_the_reference(site: Path) -> None:
    import runnable

    anchors = Page(site / "docs" / "site" / "api.html").anchors
    names = [name for name in runnable.__all__ if not name.startswith("_")]
    assert [name for name in names if f"runnable.{name}" not in anchors] == []


@pytest.fixture(scope="module")
def tab(chromium: Any) -> Iterator[Any]:
    page = chromium.new_page()
    page.set_default_timeout(20_000)
    page.events = []
    page.on("console", lambda message: page.events.append(message.text) if message.type == "error" else None)
    page.on("request", lambda one: page.events.append(one.url) if not one.url.startswith(("file:", "data:")) else None)
    yield page
    page.close()


def test_from_a_folder_it_is_read_and_searched(site: Path, tab: Any) -> None:
    tab.goto((site / "index.html").as_uri())
    tab.wait_for_url("**/docs/site/index.html")
    assert tab.locator("h1").inner_text().startswith("runnable")
    tab.goto((site / "search.html").as_uri() + "?q=semaphore")
    tab.wait_for_selector("#search-results li a")
    assert any("lock" in one.lower() for one in tab.locator("#search-results li a").all_inner_texts())
    assert tab.events == []


def test_the_way_of_a_newcomer_takes_no_step_back(site: Path, tab: Any) -> None:
    tab.goto(HOME.as_uri())
    for name in ("quickstart", "parameters", "parallel", "failures", "cluster"):
        tab.click("a.next-page")
        tab.wait_for_url(f"**/docs/{name}.html")
    assert tab.events == []


def test_an_example_is_shown_with_its_picture_and_the_report_of_a_run(site: Path, tab: Any) -> None:
    tab.goto((site / "out" / "examples" / "12-nesting-everything.html").as_uri())
    picture = tab.locator("article img").first
    assert picture.evaluate("one => one.complete && one.naturalWidth > 300")
    assert "Map(" in tab.locator("article pre").first.inner_text()
    tab.locator("iframe.report").scroll_into_view_if_needed()
    frame = tab.frame_locator("iframe.report")
    assert frame.locator("h1").inner_text().endswith("everything")
    frame.locator("#grid .entry").first.wait_for()
    assert tab.events == []
