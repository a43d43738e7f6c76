"""docs/quickstart.md is done as it stands, in an empty folder, and prints what the page says."""

import os
import re
import sys
from pathlib import Path

import pytest

from tests.support.commands import command, script
from tests.support.pages import Shell, follow
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "quickstart.md"


@pytest.mark.slow
def test_the_quickstart_does_what_the_page_says(tmp_path, request):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shell = Shell(tmp_path, {**os.environ, "PATH": path, "COLUMNS": "120"}, {str(tmp_path): "~"})
    commands = follow(PAGE, tmp_path, shell, update=request.config.getoption("--update-golden"))
    shell.close()
    said = " ".join(commands)
    assert all(f"runnable {name} " in said for name in ("check", "compile", "logs", "replay", "retry", "show"))


@pytest.mark.parametrize("example", ["faq", "cheat-sheet"])
def test_the_pipeline_of_a_page_runs_and_compiles(example, tmp_path):
    file = f"examples/{example}/pipeline.py"
    (tmp_path / "config.yaml").write_text(
        "run-log-store: {type: file-system, log_folder: LOGS}\n"
        "catalog: {type: file-system, catalog_location: LOGS}\n".replace("LOGS", str(tmp_path))
    )
    environment = {**os.environ, "RUNNABLE_CONFIGURATION_FILE": str(tmp_path / "config.yaml")}
    ended = script(file, cwd=ROOT, environment=environment)
    assert ended.returncode == 0, ended.stderr
    checked = command("check", file, cwd=ROOT)
    assert checked.returncode == 0, checked.stdout
    assert "0 errors, 0 warnings" in checked.stdout


def test_the_readme_s_pipeline_runs(tmp_path):
    text = (ROOT / "README.md").read_text()
    (tmp_path / "pipeline.py").write_text(re.search(r"```python\n(.*?)```", text, re.S)[1])
    (tmp_path / "orders.yaml").write_text(re.search(r"`(orders: .*?)` as `orders.yaml`", text)[1])
    said = re.search(r"python pipeline.py  .*: (.*)", text)[1]
    assert script("pipeline.py", cwd=tmp_path).stdout == f"{said}\n"


LINES = [
    line.split("#")[0].split()
    for page in ("README.md", "docs/cheat-sheet.md", "docs/quickstart.md")
    for line in re.findall(r"^(?:\$ )?(runnable .*)$", (ROOT / page).read_text(), re.M)
]


def test_commands_that_pages_show_have_the_options_that_they_show():
    options: dict[tuple[str, ...], set[str]] = {}
    for _, *words in LINES:
        named = tuple(words[: 2 if words[0] == "image" else 1])
        options.setdefault(named, set()).update(word for word in words if word.startswith("-"))
    assert len(options) > 12
    for named, used in options.items():
        text = command(*named, "--help", cwd=ROOT).stdout
        assert not {option for option in used if not re.search(rf"(?<![\w-]){option}(?![\w-])", text)}, named
