from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled



def main():
    def inner():
        return 1

    Pipeline(steps=[PythonTask(name="a", function=inner)]).execute()


if __name__ == "__main__":
    main()
