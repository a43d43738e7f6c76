"""Code in the documentation is code that runs: each marked block is the beginning of the file that it names."""

import re
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"<!-- (\S+) -->\n```\w+\n(.*?)```", re.S)


def blocks():
    return [(page, *found) for page in PAGES for found in BLOCK.findall(page.read_text())]


@pytest.mark.parametrize(("page", "file", "text"), blocks(), ids=lambda v: v.name if isinstance(v, Path) else None)
def test_a_block_stands_in_the_file_that_it_names(page, file, text):
    assert text.strip() in (ROOT / file).read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_to_files(page):
    for target, _, section in re.findall(r"\]\(([^)#\s]*)(#([^)\s]+))?\)", page.read_text()):
        if target.startswith("http"):
            continue
        file = page.parent / target if target else page
        assert file.exists(), target
        assert not section or section in sections(file), f"{target}#{section}"


def sections(page: Path) -> set[str]:
    """The names that links have for a page's headings."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
