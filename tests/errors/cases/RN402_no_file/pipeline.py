from runnable import Pipeline, ShellTask

Pipeline(steps=[ShellTask(name="a", command="true", secrets=["TOKEN"])]).execute()
