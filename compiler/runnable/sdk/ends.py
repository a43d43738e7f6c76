"""`Success` and `Fail`: the ends of a pipeline, for `step >> Fail()` as the published package has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from runnable.sdk.declared import Declared
from runnable_runtime.deferred import dataclass


@dataclass(slots=True, kw_only=True)
class End(Declared):
    """The base of ends. An end is no step: `steps` has none."""

    fails: ClassVar[bool] = False

    def end(self, step: Any) -> None:
        """Let the pipeline of `step` end after it."""
        if self.fails:
            step.terminate_with_failure = True
        else:
            step.terminate_with_success = True

    def __rrshift__(self, steps: Sequence[Any]) -> End:
        """`[a, b] >> Fail()`."""
        for step in steps:
            self.end(step)
        return self

    def described(self) -> str:
        """See `Described`."""
        return f"{type(self).__name__}()"


@dataclass(slots=True, kw_only=True)
class Success(End):
    """The end of a pipeline that succeeds: `step >> Success()` is `terminate_with_success=True`. Seldom needed."""

    name: str = "success"


@dataclass(slots=True, kw_only=True)
class Fail(End):
    """The end of a pipeline that fails: `step >> Fail()` is `terminate_with_failure=True`."""

    fails: ClassVar[bool] = True

    name: str = "fail"
