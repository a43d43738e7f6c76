from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



Pipeline(
    steps=[
        ShellTask(name='a', command='true', retries=3, tiemout=4),
    ]
).execute()
