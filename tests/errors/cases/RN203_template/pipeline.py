from runnable import Pipeline, ShellTask

Pipeline(
    name="train",
    steps=[
        ShellTask(name="load", command="load", template={"memoise": {"key": "a"}, "retryStrategy": {"limit": 2}}),
        ShellTask(name="fit", command="fit", template={"outputs": {}, "volumes": []}),
    ],
).execute()
