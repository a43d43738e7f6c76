from runnable import Parallel, Pipeline, ShellTask, Stub


def task(name, **options):
    return ShellTask(name=name, command="true", **options)


lone = Pipeline(steps=[Stub(name="begin"), task("one")], fuse=True)
apart = Pipeline(steps=[task("one"), task("two", retry=2)], fuse=True)

Pipeline(
    name="orders",
    steps=[
        task("fetch", resources={"memory": "4Gi"}),
        task("fit"),
        Parallel(name="both", branches={"lone": lone, "apart": apart}),
    ],
    fuse=True,
).execute()
