from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



Pipeline(
    steps=[
        Map(name="m", branch=Stub(name="a").as_pipeline(), iterate_on="chunks", iterate_as="chunk"),
        Conditional(name="c", parameter="side", branches={"heads": Stub(name="a").as_pipeline()}),
        Loop(name="l", branch=Stub(name="a").as_pipeline(), max_iterations=3, break_on="stop", index_as="i"),
    ]
).execute()
