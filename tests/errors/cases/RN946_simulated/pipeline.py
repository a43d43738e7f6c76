from runnable import Map, Pipeline, ShellTask

pipeline = Pipeline(
    steps=[
        ShellTask(name="find", command="export shops='[1, 2]'", returns=["shops"]),
        Map(
            name="each",
            iterate_on="shops",
            iterate_as="shop",
            branch=Pipeline(steps=[ShellTask(name="fit", command="date")]),
        ),
    ]
)
