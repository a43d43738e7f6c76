from runnable import NotebookTask, Pipeline, ShellTask

Pipeline(
    steps=[
        ShellTask(name="exports another", command="export dirs=3", returns=["dir_count"]),
        ShellTask(name="exports nothing", command="total=3", returns=["total"]),
        ShellTask(name="runs a file", command=". ./exports.sh", returns=["unclear"]),
        NotebookTask(name="fit", notebook="fit.ipynb", returns=["accuracy"]),
        NotebookTask(name="predict", notebook="unclear.ipynb", returns=["anything"]),
    ]
).execute()
