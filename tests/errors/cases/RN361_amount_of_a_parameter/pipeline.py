from runnable import Pipeline, ShellTask, param


def main():
    train = ShellTask(name="train", command="true", resources={"memory": param("mem")})
    pipeline = Pipeline(steps=[train])
    pipeline.execute(parameters={"mem": "lots"})
    return pipeline
