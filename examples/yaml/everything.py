"""
The same as `everything.yaml`, in Python: both become the same manifest.

    python examples/yaml/everything.py
"""

from examples.common.functions import (
    check_largest,
    count_letters,
    count_words,
    describe,
    fail,
    halve,
    list_chunks,
    lose,
    process,
    toss,
    win,
)
from runnable import (
    Catalog,
    Conditional,
    Loop,
    Map,
    NotebookTask,
    Parallel,
    Pipeline,
    PythonTask,
    ShellTask,
    Stub,
    metric,
)


def main():
    write = ShellTask(
        name="write",
        command='export text="four words of text"; echo "$text" > text.txt',
        returns=["text"],
        catalog=Catalog(put=["text.txt"]),
    )
    words = PythonTask(name="words", function=count_words, returns=[metric("words")])
    letters = PythonTask(name="letters", function=count_letters, returns=["letters"])
    won = PythonTask(name="win", function=win, returns=["balance"])
    lost = PythonTask(name="lose", function=lose, returns=["balance"])
    half = PythonTask(name="half", function=halve, returns=["number", "done"])
    wrong = PythonTask(name="goes wrong", function=fail, on_failure=Stub(name="instead").as_pipeline())
    pipeline = Pipeline(
        description="everything",
        steps=[
            Stub(name="greet"),
            write,
            Parallel(name="count", branches={"words": words.as_pipeline(), "letters": letters.as_pipeline()}),
            PythonTask(
                name="describe",
                function=describe,
                catalog=Catalog(get=["text.txt"]),
                retry=1,
                resources={"cpu": "100m"},
            ),
            PythonTask(name="toss", function=toss, returns=["side"]),
            Conditional(
                name="side", parameter="side", branches={"heads": won.as_pipeline(), "tails": lost.as_pipeline()}
            ),
            PythonTask(name="list", function=list_chunks, returns=["chunks"]),
            Map(
                name="each",
                branch=PythonTask(name="process", function=process, returns=["processed"]).as_pipeline(),
                iterate_on="chunks",
                iterate_as="chunk",
                reducer="max",
            ),
            PythonTask(name="check", function=check_largest),
            ShellTask(name="start", command="export number=8", returns=["number"]),
            Loop(name="halve", branch=half.as_pipeline(), max_iterations=10, break_on="done", index_as="attempt"),
            NotebookTask(name="notebook", notebook="examples/common/simple_notebook.ipynb"),
            wrong,
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
