from runnable import Pipeline, ShellTask

Pipeline(
    steps=[ShellTask(name="order", command='echo "$status"')],
    on_exit=Pipeline(steps=[ShellTask(name="clean up", command="true")]),
).execute()
