from runnable import Pipeline, ShellTask

Pipeline(
    steps=[
        ShellTask(name="find", command="export LD_PRELOAD=x", returns=["LD_PRELOAD"]),
        ShellTask(name="sync", command="rsync data $TOKEN", secrets=["TOKEN"]),
    ]
).execute(parameters={"PATH": "data", "TOKEN": "text"})
