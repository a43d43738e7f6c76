from runnable import Map, Pipeline, PythonTask, Stub


def split():
    return [1, 2, 3]


pipeline = Pipeline(
    steps=[
        PythonTask(name="split", function=split, returns=["chunks"]),
        Map(name="each", branch=Pipeline(steps=[Stub(name="work")]), iterate_on="chunks", iterate_as="chunk"),
    ]
)
