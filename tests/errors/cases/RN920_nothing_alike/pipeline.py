from runnable import Parallel, Pipeline, ShellTask, Stub


def task(name, **options):
    return ShellTask(name=name, command="true", **options)


lone = Pipeline(steps=[Stub(name="begin"), task("one")], fuse=True)
alike = Pipeline(steps=[task("one"), task("two")], fuse=True)

Pipeline(
    name="orders",
    steps=[
        task("fetch", resources={"memory": "4Gi"}),
        task("fit"),
        Parallel(name="both", branches={"lone": lone, "alike": alike}),
    ],
    fuse=True,
).execute()
