from runnable import Map, Pipeline, ShellTask

each = ShellTask(name="each", command="true").as_pipeline()
Pipeline(steps=[Map(name="all", branch=each, iterate_on="items", iterate_as="item")]).execute(
    parameters={"items": [1]}
)
