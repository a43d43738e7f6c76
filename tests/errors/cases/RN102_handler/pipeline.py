from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



Pipeline(
    steps=[
        Stub(name="load", on_failure=Stub(name="load").as_pipeline()),
    ]
).execute()
