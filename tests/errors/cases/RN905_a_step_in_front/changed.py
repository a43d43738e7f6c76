from runnable import Pipeline, ShellTask, Stub

Pipeline(steps=[Stub(name="fetch"), Stub(name="load"), ShellTask(name="fit", command="true")]).execute()
