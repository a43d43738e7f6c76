from runnable import Parameter, Pipeline, PythonTask


def load(rows: int = "ten"): ...


Pipeline(
    steps=[PythonTask(name="load", function=load)],
    parameters=[Parameter(name="rows"), Parameter(name="size", type=str, default="m", choices=["s", "l"])],
).execute()
