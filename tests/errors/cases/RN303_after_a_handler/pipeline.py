from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



def count(rows: int):
    pass


load = Pipeline(
    steps=[
        ShellTask(
            name="load",
            command="export rows=1",
            returns=["rows"],
            on_failure=Stub(name="apologize").as_pipeline(),
        ),
        Stub(name="next"),
    ]
)

Pipeline(
    steps=[
        Parallel(name="p", branches={"one": load}),
        PythonTask(name="count", function=count),
    ]
).execute()
