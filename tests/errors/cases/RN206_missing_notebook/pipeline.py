from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



Pipeline(
    steps=[
        NotebookTask(name='a', notebook='nowhere.ipynb'),
        NotebookTask(name='b', notebook='pipeline.py'),
    ]
).execute()
