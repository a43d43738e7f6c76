"""What a new user does: an empty folder, the wheel, and then docs/quickstart.md as it stands."""

import os
import re

import pytest

from tests.support.pages import Shell, follow
from tests.support.paths import ROOT

pytestmark = [pytest.mark.install, pytest.mark.timeout(1200)]

PAGE = ROOT / "docs" / "quickstart.md"
INSTALL = re.compile(r"```sh\n(.*?)```", re.S)


def test_the_quickstart_works_from_its_first_line(wheel, tmp_path):
    """The wheel is where pip looks, so that the page's own command installs it."""
    found = f"{wheel.parent} {os.environ.get('PIP_FIND_LINKS', '')}"
    folder = tmp_path / "mine"
    folder.mkdir()
    shell = Shell(folder, {**os.environ, "COLUMNS": "120", "PIP_FIND_LINKS": found}, {str(folder): "~"})
    (install,) = INSTALL.findall(PAGE.read_text())
    for command in install.splitlines():
        shell.run(command)
    where = shell.run("python -c 'import runnable; print(runnable.__file__)'").strip()
    assert where.startswith("~/.venv/lib/")
    assert len(follow(PAGE, folder, shell)) > 15
    shell.close()
