"""Pages made from the code: `python -m tests.support.generated` writes them, `--check` fails if one is out of date."""

import sys

from runnable.diagnostics.codes import all_codes
from runnable.diagnostics.examples import example
from tests.support.paths import ROOT

ERRORS = ROOT / "docs" / "errors.md"


def errors_page() -> str:
    lines = [
        "# Errors and warnings",
        "",
        "Made from `runnable.diagnostics.codes`; `runnable explain CODE` prints the same. The first example of each",
        "leads to it, the second does not. `from runnable import *` is left out of them; with no command it is",
        "`runnable check pipeline.py`.",
    ]
    for diagnostic in all_codes():
        lines += [
            "",
            f"## {diagnostic.code} {diagnostic.__name__}",
            "",
            f"*{diagnostic.severity}.* {diagnostic.explanation}",
            "",
            *spaced(example(diagnostic.code).wrong),
            "",
            "Right:",
            "",
            *spaced(example(diagnostic.code).right),
        ]
    return "\n".join(lines) + "\n"


def spaced(blocks: str) -> list[str]:
    """Lines of Markdown, with an empty one between two blocks."""
    return blocks.replace("```\n```", "```\n\n```").splitlines()


def main() -> int:
    page = errors_page()
    if "--check" not in sys.argv:
        ERRORS.write_text(page, encoding="utf-8")
        return 0
    if ERRORS.exists() and ERRORS.read_text(encoding="utf-8") == page:
        return 0
    print(f"{ERRORS} is out of date: run `make golden`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
