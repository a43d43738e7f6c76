from runnable import Pipeline, ShellTask

Pipeline(steps=[ShellTask(name="greet", command="echo $GREETING")]).execute()
