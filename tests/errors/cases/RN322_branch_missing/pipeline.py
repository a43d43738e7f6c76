from enum import Enum
from typing import Literal

from runnable import Conditional, Pipeline, PythonTask, Stub


class Quality(Enum):
    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


def judge() -> Quality:
    return Quality.GOOD


def speed() -> Literal["fast", "slow"]:
    return "fast"


def branches(*names):
    return {name: Stub(name=name).as_pipeline() for name in names}


Pipeline(
    steps=[
        PythonTask(name="judge", function=judge, returns=["quality"]),
        Conditional(name="by quality", parameter="quality", branches=branches("good", "bad")),
        PythonTask(name="speed", function=speed, returns=["speed"]),
        Conditional(name="by speed", parameter="speed", branches=branches("fast", "slwo")),
    ]
).execute()
