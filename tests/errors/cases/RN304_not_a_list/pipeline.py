from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



Pipeline(
    steps=[
        Map(name="m", branch=Stub(name="a").as_pipeline(), iterate_on="chunks", iterate_as="chunk"),
    ]
).execute()
