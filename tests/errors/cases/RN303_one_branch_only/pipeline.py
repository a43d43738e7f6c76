from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled


def collect(prize: int):
    pass


Pipeline(
    steps=[
        ShellTask(name="toss", command="export side=heads", returns=["side"]),
        Conditional(
            name="coin",
            parameter="side",
            branches={
                "heads": ShellTask(name="h", command="export prize=1", returns=["prize"]).as_pipeline(),
                "tails": Stub(name="t").as_pipeline(),
            },
        ),
        PythonTask(name="collect", function=collect),
    ]
).execute()
