from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled


pipeline = Pipeline(steps=[Stub(name="a")])
pipeline.steps.append(Parallel(name="again", branches={"inner": pipeline, "other": pipeline}))
pipeline.execute()
