from runnable import Catalog, Pipeline, ShellTask, pickled

Pipeline(
    steps=[
        ShellTask(name="a", command="true", catalog={"get": ["*.csv"]}),
        ShellTask(name="b", command="true", catalog=Catalog(get="a.csv", store_copy="no")),
        ShellTask(name="c", command="true", returns=[pickled("df")]),
    ]
).execute()
