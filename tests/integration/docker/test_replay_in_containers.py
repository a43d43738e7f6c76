"""`runnable replay --container` of a run that was recorded on this machine."""

import pytest

from tests.integration.test_command_line import runnable
from tests.support.images import runtime_image

PIPE = """
from runnable import Pipeline, PythonTask, pickled

def load():
    return {1, 2}

def fit(xs: set):
    raise ValueError(f"cannot fit {xs}")

def main():
    pipeline = Pipeline(steps=[
        PythonTask(name="load", function=load, returns=[pickled("xs")]),
        PythonTask(name="fit", function=fit, returns=["y"]),
    ])
    pipeline.execute()
    return pipeline

if __name__ == "__main__":
    main()
"""

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]


def test_a_step_is_replayed_in_a_container_with_the_code_as_it_is_now(tmp_path):
    tmp_path.chmod(0o755)  # a container has another user than root
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "pipe.py").write_text(PIPE)
    assert runnable("run", "pipe.py", cwd=tmp_path).returncode == 1
    arguments = ("replay", "latest", "fit", "--container", "--image", runtime_image())
    without = runnable(*arguments, cwd=tmp_path)
    assert without.returncode == 1
    assert "there is no module 'pipe'" in without.stderr
    failed = runnable(*arguments, "--mount-code", cwd=tmp_path)
    assert failed.stderr.endswith("fit failed: ValueError: cannot fit {1, 2} (pipe.py:8 in fit)\n")
    (tmp_path / "pipe.py").write_text(PIPE.replace('raise ValueError(f"cannot fit {xs}")', "return sum(xs)"))
    mended = runnable(*arguments, "--mount-code", cwd=tmp_path)
    assert mended.returncode == 0, mended.stderr
    assert mended.stderr.endswith("fit succeeded\n  y = 3\n")
