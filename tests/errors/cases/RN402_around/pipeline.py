from runnable import Parameter, Pipeline, ShellTask

Pipeline(
    name="orders",
    parameters=[Parameter(name="customer", type=str)],
    steps=[ShellTask(name="take", command='echo "$customer"')],
).execute()
