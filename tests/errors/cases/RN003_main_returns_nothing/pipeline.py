from runnable import Pipeline, Stub


def main():
    pipeline = Pipeline(steps=[Stub(name="a")])
