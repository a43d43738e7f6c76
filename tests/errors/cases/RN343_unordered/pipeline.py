from runnable import Parallel, Pipeline, PythonTask, ShellTask


def one():
    return 1


def use(x: int):
    pass


a = PythonTask(name="a", function=one, returns=["x"])
b = PythonTask(name="b", function=one, returns=["x"])
shell = ShellTask(name="shell", command="echo reads nothing")
reads = ShellTask(name="reads", command="echo $x")
inner = PythonTask(name="inner", function=use).as_pipeline()
Pipeline(
    steps=[
        a,
        b,
        shell.after(a, b),
        reads.after(a, b),
        Parallel(name="inside", branches={"branch": inner}).after(shell),
        PythonTask(name="c", function=use).after(b),
    ]
).execute()
