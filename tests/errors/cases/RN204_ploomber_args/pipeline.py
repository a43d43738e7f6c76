from runnable import NotebookTask, Pipeline

Pipeline(
    steps=[
        NotebookTask(name="a", notebook="notebook.ipynb", optional_ploomber_args={"log_output": True}),
    ]
).execute()
