from runnable import Map, Parallel, Pipeline, ShellTask


def task(name):
    return ShellTask(name=name, command="true").as_pipeline()


Pipeline(
    steps=[
        Parallel(name="branches", branches={"a": task("a"), "b": task("b")}, fail_fast=True),
        Map(name="items", branch=task("t"), iterate_on="xs", iterate_as="x", fail_fast=True),
    ]
).execute(parameters={"xs": [1]})
