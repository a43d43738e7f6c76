"""Right and wrong uses of the SDK, as type checkers see them: the lines that end with `# wrong`, and no others."""

from pathlib import Path

from runnable import (
    AsyncPipeline,
    AsyncPythonTask,
    Catalog,
    Conditional,
    Loop,
    Map,
    NotebookTask,
    Parallel,
    Pipeline,
    PythonJob,
    PythonTask,
    ShellTask,
    Stub,
    json,
    metric,
    pickled,
)


def load(day: str) -> list[int]:
    return [len(day)]


async def events() -> None:
    return None


task = PythonTask(
    name="load", function=load, returns=["rows", json("a"), metric("b"), pickled("c")], retry=2, timeout="1m"
)
shell = ShellTask(
    name="shell", command="date", env={"A": "b"}, secrets=["TOKEN"], catalog=Catalog(put=[Path("a"), "b"])
)
notebook = NotebookTask(name="notebook", notebook=Path("a.ipynb"))
stub = Stub(name="stub", function=load, anything=3)
branch: Pipeline = task.as_pipeline()
each = Map(name="each", branch=branch, iterate_on="rows", iterate_as="row", reducer=sum, max_parallel=3)
both = Parallel(name="both", branches={"one": branch, "two": branch}, on_failure=branch)
by_text = Conditional(name="which", parameter="x", branches={"a": branch}, default=branch)
by_value = Conditional(name="which", parameter="x", branches={True: branch, False: branch})
again = Loop(name="again", branch=branch, max_iterations=3, break_on="done", index_as="i")
pipeline = Pipeline(steps=[task, shell, notebook, stub, each, both, by_text, by_value, again], name="all")
streaming: AsyncPipeline = AsyncPythonTask(name="events", function=events).as_async_pipeline()
record = pipeline.execute(run_id="r", tag="t")
job = PythonJob(function=load, returns=["rows"]).execute(job_id="j")

PythonTask(nam="load", function=load)  # wrong
PythonTask(name=3, function=load)  # wrong
PythonTask(name="load", function="load")  # wrong
PythonTask(name="load")  # wrong
PythonTask("load", load)  # wrong
PythonTask(name="load", function=load, retry="twice")  # wrong
PythonTask(name="load", function=load, returns="rows", cache="yes")  # wrong
PythonTask(name="load", function=load, span=None)  # wrong
ShellTask(name="shell", comand="date")  # wrong
NotebookTask(name="notebook", notebook=3)  # wrong
Map(name=3, branch=branch, iterate_on="rows", iterate_as="row")  # wrong
Map(name="each", branch=task, iterate_on="rows", iterate_as="row")  # wrong
Parallel(name="both", branches=[branch])  # wrong
Conditional(name="which", parameter="x", branches={"a": task})  # wrong
Loop(name="again", branch=branch, max_iterations="3", break_on="done", index_as="i")  # wrong
Pipeline(steps=[load])  # wrong
Pipeline(step=[task])  # wrong
Stub(catalog=None)  # wrong
Catalog(gets=["a"])  # wrong
task.as_pipline()  # wrong
task.nmae = "other"  # wrong
pipeline.execute(runid="r")  # wrong
pickled(3)  # wrong
