"""Markdown in a report: whatever its source says, it runs nothing and loads nothing."""

from __future__ import annotations

import re

import pytest

from runnable.report.markdown import markdown


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "a <b onclick=alert(1)>b</b>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](data:text/html,<script>alert(1)</script>)",
        "![a](http://x.test/x.png)",
        "![a](javascript:alert(1))",
        "<javascript:alert(1)>",
        "[a]: javascript:alert(1)\n\n[a]",
        '```html"><script>\nalert(1)\n```',
        "| <script> | a |\n| --- | --- |\n| <img src=x onerror=alert(1)> | b |",
        "\x1b]52;c;YQ==\x07\u202e",
    ],
)
def test_nothing_in_it_runs_or_loads(source: str) -> None:
    made = markdown(source)
    assert not re.search(r"<(script|img|b |iframe|svg|style)", made)
    assert set(re.findall(r'<a href="([a-z]*:)', made)) <= {"http:"}
    assert not re.search(r"<[^>]*\son[a-z]+=", made)
    assert "\x1b" not in made
    assert "\u202e" not in made


def test_it_is_markdown_with_headings_below_those_of_the_page() -> None:
    made = markdown("# T\n\n- **a** `b`\n\n| x |\n| --- |\n| 1 |\n\n[w](https://x.test)")
    for part in ("<h3>T</h3>", "<strong>a</strong>", "<code>b</code>", "<td>1</td>", '<a href="https://x.test">w</a>'):
        assert part in made


def test_an_image_without_a_reader_shows_it_as_it_is_written(monkeypatch):
    def missing():
        raise ModuleNotFoundError("markdown_it")

    monkeypatch.setattr("runnable.report.markdown._reader", missing)
    assert markdown("**a** <script>") == '<pre class="prose">**a** &lt;script&gt;</pre>'
