from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



Pipeline(
    steps=[
        ShellTask(name="a", command="export x=1", returns=["x"]),
        Stub(name="end"),
    ]
).execute()
