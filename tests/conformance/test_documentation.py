"""Code in the documentation is code that runs: each marked block is the beginning of the file that it names."""

import re
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"<!-- (\S+) -->\n```\w+\n(.*?)```", re.S)


def blocks():
    return [(page, *found) for page in PAGES for found in BLOCK.findall(page.read_text())]


@pytest.mark.parametrize(("page", "file", "text"), blocks(), ids=lambda v: v.name if isinstance(v, Path) else None)
def test_a_block_stands_in_the_file_that_it_names(page, file, text):
    assert text.strip() in (ROOT / file).read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target
