"""The pytest fixture `run_pipeline`. pytest loads this module by itself where runnable is installed."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from runnable.testing.result import PipelineRun


@pytest.fixture
def run_pipeline(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., PipelineRun]:
    """The function `runnable.testing.run_pipeline`, with records and logs in a temporary folder.

    No RUNNABLE_* variable of the developer's shell reaches the run; those that the test sets afterwards do.
    """
    for name in [name for name in os.environ if name.startswith("RUNNABLE_")]:
        monkeypatch.delenv(name)

    def run(pipeline: Any, **options: Any) -> PipelineRun:
        from runnable.testing import run_pipeline

        return run_pipeline(pipeline, **{"folder": tmp_path_factory.mktemp("runs"), **options})

    return run
