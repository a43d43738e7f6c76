from runnable import Pipeline, ShellTask

Pipeline(steps=[ShellTask(name="fit", command="true")]).execute()
