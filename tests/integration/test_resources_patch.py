"""`runnable resources --patch`: the patch applies, and the pipeline then has what was suggested."""

import subprocess

from runnable.cli import main

CODE = """from runnable import *

def read() -> int:
    return 1

pipeline = Pipeline(name="orders", steps=[
    PythonTask(name="read", function=read, returns=["n"]),
    ShellTask(name="show", command="echo $n"),
])
"""


def test_a_patch_of_the_pipeline_s_file_applies(tmp_path, monkeypatch, capsys):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "p.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    assert main(["run", "-q", "p.py", "--run-id", "one"]) == 0
    capsys.readouterr()
    assert main(["resources", "one", "--patch"]) == 0
    text = capsys.readouterr().out
    subprocess.run(["git", "apply"], input=text, cwd=tmp_path, text=True, check=True)
    changed = (tmp_path / "p.py").read_text()
    assert changed.count('"limits": {"memory": ') == 2
    assert main(["check", "p.py"]) == 0
