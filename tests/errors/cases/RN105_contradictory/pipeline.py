from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



Pipeline(
    steps=[
        Stub(name='a', terminate_with_success=True, terminate_with_failure=True),
    ]
).execute()
