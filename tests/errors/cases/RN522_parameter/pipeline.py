from runnable import Pipeline, ShellTask, param


Pipeline(
    name="train",
    steps=[ShellTask(name="fit", command="fit", image=param("image"))],
).execute(parameters={"image": "trainer:1"})
