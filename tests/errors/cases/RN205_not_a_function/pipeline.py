from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled

from functools import partial


Pipeline(
    steps=[
        PythonTask(name='a', function=print),
        PythonTask(name='b', function=dict),
        PythonTask(name='c', function=partial(int, base=2)),
    ]
).execute()
