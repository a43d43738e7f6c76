from runnable import Pipeline, ShellTask

steps = [ShellTask(name=name, command="true") for name in ("fetch", "fit")]
Pipeline(name="never-run", steps=steps).execute()
