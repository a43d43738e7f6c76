from runnable import Conditional, Pipeline, PythonTask, Stub


def count() -> int:
    return 1


def branches(*names):
    return {name: Stub(name=name).as_pipeline() for name in names}


Pipeline(
    steps=[
        PythonTask(name="count", function=count, returns=["n"]),
        Conditional(
            name="by count", parameter="n", branches=branches("0", "1", "many"), default=Stub(name="d").as_pipeline()
        ),
    ]
).execute()
