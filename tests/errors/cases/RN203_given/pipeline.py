"""What a person may write in the place of a pipeline or a list: it is told by its name, and not as Python shows it."""

from runnable import Conditional, Parallel, Pipeline, PythonTask, Stub


class Model:
    pass


def fit():
    return 1


task = PythonTask(name="fit", function=fit)

Pipeline(
    steps=[
        Parallel(name="p", branches=[task.as_pipeline(), task.as_pipeline()]),
        Conditional(name="c", parameter="x", branches={"a": fit, "b": Model()}, default=Pipeline),
        PythonTask(name="r", function=fit, returns="score", retry={"limit": 3, "backoff": [1, 2, 3, 4, 5]}),
        Stub,
    ]
).execute()
