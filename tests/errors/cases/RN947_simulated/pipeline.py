from runnable import Pipeline, ShellTask

pipeline = Pipeline(steps=[ShellTask(name="fit", command="date", resources={"cpu": "8", "memory": "4Gi"})])
