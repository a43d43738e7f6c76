from runnable import Pipeline, ShellTask

Pipeline(
    steps=[
        ShellTask(name="a", command="true", secrets="TOKEN"),
        ShellTask(name="b", command="true", secrets=["my token", "RUNNABLE_RUN_ID"]),
        ShellTask(name="c", command="true", secrets=["TOKEN"], env={"TOKEN": "x"}),
    ]
).execute()
