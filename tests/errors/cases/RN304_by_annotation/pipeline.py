from runnable import Map, Pipeline, PythonTask, Stub


def chunks() -> str:
    return "1,2,3"


def rows() -> list[int]:
    return [1, 2]


inner = Map(name="cells", branch=Stub(name="b").as_pipeline(), iterate_on="row", iterate_as="cell")
Pipeline(
    steps=[
        PythonTask(name="split", function=chunks, returns=["chunks"]),
        Map(name="each", branch=Stub(name="a").as_pipeline(), iterate_on="chunks", iterate_as="chunk"),
        PythonTask(name="table", function=rows, returns=["rows"]),
        Map(name="rows", branch=Pipeline(steps=[inner]), iterate_on="rows", iterate_as="row"),
    ]
).execute()
