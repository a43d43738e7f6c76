from runnable import Map, Parallel, Pipeline, ShellTask


def task(name, **options):
    return ShellTask(name=name, command="true", **options)


several = Pipeline(steps=[task("one"), task("two")])
Pipeline(
    steps=[
        Parallel(name="branches", branches={"a": task("a").as_pipeline(), "b": several}, fail_fast=True),
        Map(name="items", branch=several, iterate_on="xs", iterate_as="x", fail_fast=True),
        Map(name="again", branch=task("t", retry=2).as_pipeline(), iterate_on="xs", iterate_as="x", fail_fast=True),
        Map(name="fine", branch=task("t").as_pipeline(), iterate_on="xs", iterate_as="x", fail_fast=True),
    ]
).execute(parameters={"xs": [1]})
