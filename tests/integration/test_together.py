"""What many files compile to in one command is what each compiles to by itself, with the same words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.commands import command

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_examples_compile_together_to_what_each_compiles_to(tmp_path: Path) -> None:
    words = ("--image", "mine:1")
    together = command("compile", "examples", "-o", tmp_path / "all", *words, cwd=ROOT)
    made = sorted((tmp_path / "all").rglob("*.yaml"))
    assert len(made) > 40, together.stderr
    said = []
    for file in made:
        source = (Path("examples") / file.relative_to(tmp_path / "all")).with_suffix(".py")
        if not (ROOT / source).exists():  # it was YAML
            source = source.with_suffix(".yaml")
        alone = command("compile", source, "-o", tmp_path / "one.yaml", *words, cwd=ROOT)
        assert alone.returncode == 0, alone.stderr
        assert (tmp_path / "one.yaml").read_text() == file.read_text(), source
        said += _paragraphs(alone.stderr)
    of_all = _paragraphs(together.stderr)
    assert sorted(said) == sorted(one for one in of_all if one in set(said))


def _paragraphs(text: str) -> list[str]:
    return re.findall(r"^(?:warning|notice).*\n(?: .*\n)*", text, re.MULTILINE)
