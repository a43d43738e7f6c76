from runnable import Catalog, Pipeline, ShellTask

Pipeline(
    name="orders",
    steps=[
        ShellTask(name="fetch", command="date"),
        ShellTask(name="draw", command="date > plot.svg", catalog=Catalog(put=["plot.svg"])),
    ],
    fuse=True,
).execute()
