from runnable import Pipeline, ShellTask

pipeline = Pipeline(steps=[ShellTask(name="fetch", command="date"), ShellTask(name="fit", command="date")])
