from runnable import Conditional, Loop, Map, Parallel, Pipeline, ShellTask

task = ShellTask(name="t", command="export done=True", returns=["done"])
branch = Pipeline(steps=[task], timeout=60)
Pipeline(
    timeout="2h",
    steps=[
        Parallel(name="branches", branches={"a": task.as_pipeline(), "b": branch}),
        Map(name="items", branch=task.as_pipeline(), iterate_on="xs", iterate_as="x", timeout="1m"),
        Loop(name="again", branch=branch, break_on="done", index_as="i", max_iterations=2),
        Conditional(name="which", parameter="way", branches={"a": task.as_pipeline()}, timeout=5),
    ],
).execute(parameters={"xs": [1], "way": "a"})
