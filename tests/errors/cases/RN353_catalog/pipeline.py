from runnable import Catalog, ContainerTask, Pipeline

Pipeline(
    name="train",
    steps=[
        ContainerTask(name="fit", image="trainer:1", command=["fit"], catalog=Catalog(put=["model.bin"]), cache=True),
        ContainerTask(name="score", image="trainer:1", command="score --all", args=[5], returns={"score": "/score"}),
    ],
).execute()
