from runnable import Pipeline, ShellTask

Pipeline(
    name="train",
    steps=[ShellTask(name="fit", command="fit", template={"annotations": {"team": "risk"}})],
).execute()
