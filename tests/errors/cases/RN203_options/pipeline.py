from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



Pipeline(
    steps=[
        ShellTask(name='a', command='true', retry=-1, timeout="soon", resources={"cpu": "lots", "ram": "1Gi", "gpu": 1.5}),
        ShellTask(name='b', command='true', image="my image", env={"A B": "c", "D": 1}, tolerations=[{"key": "x", "effect": "Never"}], node_selector=["disk"]),
        ShellTask(name='c', command='', returns=["a b", 3, "x", "x"]),
    ]
).execute()
