from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



Pipeline(
    steps=[
        Parallel(name='p', branches={'a/b': Pipeline(steps=[Stub(name='x')]), 'c': Pipeline(steps=[Stub(name='x')])})
    ]
).execute()
