from runnable import Parameter, Pipeline, ShellTask

Pipeline(
    steps=[ShellTask(name="order", command='echo "$status"')],
    parameters=[Parameter(name="status", default="new")],
    on_exit=Pipeline(steps=[ShellTask(name="clean up", command="true")]),
).execute()
