from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



one = Pipeline(steps=[Stub(name='a')])
two = Pipeline(steps=[Stub(name='b')])
