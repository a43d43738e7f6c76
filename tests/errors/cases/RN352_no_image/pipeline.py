from runnable import ContainerTask, Pipeline

Pipeline(name="train", steps=[ContainerTask(name="fit", command=["fit"])]).execute()
