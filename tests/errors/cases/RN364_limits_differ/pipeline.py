from runnable import Pipeline, ShellTask


def main():
    one = ShellTask(name="one", command="true", semaphore={"licences": 3})
    other = ShellTask(name="other", command="true", semaphore={"licences": 2})
    pipeline = Pipeline(steps=[one, other])
    pipeline.execute()
    return pipeline
