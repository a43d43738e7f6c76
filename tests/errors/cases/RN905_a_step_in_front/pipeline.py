from runnable import Pipeline, ShellTask, Stub

Pipeline(steps=[Stub(name="load"), ShellTask(name="fit", command="exit 1")]).execute()
