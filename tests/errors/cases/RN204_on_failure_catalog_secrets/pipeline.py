from runnable import Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



Pipeline(
    steps=[
        ShellTask(name='a', command='true', secrets=["token"], catalog={"get": ["*.csv"]}, on_failure=Pipeline(steps=[Stub(name='b')])),
    ]
).execute()
