from runnable import Catalog, Pipeline, ShellTask, Stub

Pipeline(
    steps=[
        ShellTask(name="steal", command="true", catalog=Catalog(get=["../other/data.csv"], put=["/etc/passwd"])),
        Stub(name="stub", catalog=Catalog(put=["."])),
        ShellTask(name="odd", command="true", catalog=Catalog(put=[".runnable/objects", "data**/x.csv"])),
    ]
).execute()
