from runnable import Pipeline, ShellTask


def main():
    train = ShellTask(name="train", command="true", resources={"limits": {"memory": "2Gi * attempt"}})
    pipeline = Pipeline(steps=[train])
    pipeline.execute()
    return pipeline
