"""Commands of tests are forked from a process that has loaded what they need: a thousand of them load nothing anew."""

from tests.support.commands import script

LOADED = """
import sys
before = set(sys.modules)
import pydantic, yaml
import runnable.cli.check, runnable.executors.local.executor, runnable.targets.argo.config
print(*sorted(set(sys.modules) - before))
"""


def test_a_command_finds_loaded_what_it_imports(tmp_path):
    (tmp_path / "loaded.py").write_text(LOADED)
    ended = script("loaded.py", cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, "\n"), ended.stderr
