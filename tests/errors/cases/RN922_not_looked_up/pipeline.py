from runnable import Catalog, Map, Pipeline, ShellTask

each = ShellTask(name="price", command="true", cache=True).as_pipeline()

Pipeline(
    name="orders",
    steps=[
        ShellTask(name="fetch", command="true", secrets=["TOKEN"], cache=True),
        ShellTask(name="fit", command="touch a.csv", catalog=Catalog(put=["a.csv"], store_copy=False), cache=True),
        Map(name="all", branch=each, iterate_on="orders", iterate_as="order", batch=10),
        ShellTask(name="tell", command="date", cache=True),
    ],
).execute(parameters={"orders": [1, 2]})
