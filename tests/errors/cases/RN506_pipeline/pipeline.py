from runnable import Pipeline, ShellTask

Pipeline(
    steps=[
        ShellTask(name="a", command="true"),
        ShellTask(name="b", command="true"),
    ]
).execute()
