from runnable import ContainerTask, Pipeline, param

Pipeline(
    name="train",
    steps=[
        ContainerTask(name="fit", image="trainer:1", command=["fit"], args=[f"--lr={param('lr')}"]),
    ],
).execute(parameters={"lr": 0.1})
