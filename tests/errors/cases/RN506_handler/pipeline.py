from runnable import Pipeline, ShellTask

undo = Pipeline(steps=[ShellTask(name="undo", command="true")])
Pipeline(name="careful", steps=[ShellTask(name="a", command="true", on_failure=undo)]).execute()
