"""Testing pipelines: run one with some of its steps stubbed, and check what happened.

    from runnable.testing import run_pipeline

    def test_a_bad_model_is_not_published():
        run = run_pipeline("pipelines/train.py", stubs={"load": {"rows": [1, 2]}, "train": {"score": 0.1}})
        run.assert_succeeded()
        assert "publish" in run.skipped

As a pytest fixture, `run_pipeline` also keeps RUNNABLE_* variables away. docs/testing-pipelines.md describes all of it.
"""

from runnable.testing.replay import replay_task
from runnable.testing.result import PipelineRun
from runnable.testing.run import run_pipeline
from runnable.testing.stubs import StepStub

__all__ = ["PipelineRun", "StepStub", "replay_task", "run_pipeline"]
