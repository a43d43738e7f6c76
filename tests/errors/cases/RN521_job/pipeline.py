from runnable import ContainerTask, Pipeline

Pipeline(name="train", steps=[ContainerTask(name="fit", image="trainer:1", command=["fit"])]).execute()
