from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



Pipeline(
    steps=[
        Map(name="m", branch=Stub(name="a"), iterate_on="two words", iterate_as=1, max_parallel=0),
        Conditional(name="c", parameter="x.y", branches={"default": Stub(name="a").as_pipeline()}, default=Stub(name="b").as_pipeline()),
        Loop(name="l", branch=Stub(name="a").as_pipeline(), max_iterations=0, break_on="stop", index_as="i"),
        Stub(name="s", on_failure=Stub(name="t")),
    ]
).execute()
