from runnable import Pipeline, ShellTask


def main():
    load = ShellTask(name="load", command="true", mutex="warehouse")
    pipeline = Pipeline(steps=[load], mutex="warehouse")
    pipeline.execute()
    return pipeline
