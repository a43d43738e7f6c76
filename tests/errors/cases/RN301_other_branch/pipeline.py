from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled


def needs_x(x: int):
    pass


Pipeline(
    steps=[
        Parallel(
            name="both",
            branches={
                "one": ShellTask(name="a", command="export x=1", returns=["x"]).as_pipeline(),
                "two": PythonTask(name="b", function=needs_x).as_pipeline(),
            },
        ),
    ]
).execute()
