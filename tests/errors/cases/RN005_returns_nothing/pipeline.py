from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



def main():
    Pipeline(steps=[Stub(name='a')])
