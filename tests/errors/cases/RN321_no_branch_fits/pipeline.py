from runnable import Conditional, Pipeline, PythonTask, Stub


def chosen() -> list[str]:
    return ["heads"]


def tossed() -> bool:
    return True


def branches(*names):
    return {name: Stub(name=name).as_pipeline() for name in names}


Pipeline(
    steps=[
        PythonTask(name="choose", function=chosen, returns=["side"]),
        Conditional(name="sides", parameter="side", branches=branches("heads", "tails")),
        PythonTask(name="toss", function=tossed, returns=["won"]),
        Conditional(name="result", parameter="won", branches=branches("true", "false")),
        Conditional(name="mode", parameter="mode", branches=branches("fast", "slow")),
    ]
).execute()
