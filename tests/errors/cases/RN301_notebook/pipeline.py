from runnable import NotebookTask, Pipeline, ShellTask

Pipeline(
    steps=[
        ShellTask(name="join", command="export joined=3", returns=["joined"]),
        NotebookTask(name="fit", notebook="fit.ipynb", returns=["model"]),
    ]
).execute(parameters_file="parameters.yaml")
