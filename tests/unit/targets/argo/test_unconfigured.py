"""Without keys for Argo there are the defaults of all keys, without the library that validates them."""

import subprocess
import sys
from types import SimpleNamespace

from pydantic import BaseModel

from runnable.targets.argo.config import ArgoKeys
from runnable.targets.argo.unconfigured import unconfigured_keys


def plain(section):
    if isinstance(section, BaseModel):
        return {name: plain(getattr(section, name)) for name in type(section).model_fields}
    if isinstance(section, SimpleNamespace):
        return {name: plain(value) for name, value in vars(section).items()}
    return section


def test_the_defaults_are_those_of_the_keys():
    assert plain(unconfigured_keys()) == plain(ArgoKeys())


COMPILE = """
import sys
from runnable.cli import main
from contextlib import suppress
with suppress(SystemExit): main(["compile", "pipeline.py", "--image", "own:1", *sys.argv[1:]])
print({name.partition(".")[0] for name in sys.modules} & {"hera", "pydantic", "kubernetes", "docker"}, file=sys.stderr)
"""
PIPELINE = """
from runnable import Pipeline, ShellTask
def main():
    return Pipeline(name="p", steps=[ShellTask(name="a", command="true")])
"""


def test_neither_hera_nor_pydantic_is_loaded_where_no_key_is_configured(tmp_path):
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    ended = subprocess.run([sys.executable, "-c", COMPILE], cwd=tmp_path, capture_output=True, text=True)
    assert "kind: WorkflowTemplate" in ended.stdout
    assert ended.stderr.splitlines()[-1] == "set()"
