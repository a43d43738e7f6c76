"""Steps that do nothing yet:  python examples/01-tasks/stub.py

A Stub takes any keyword, so that a step can be silenced by changing its class, or sketched before it is written.
"""

from runnable import Pipeline, Stub


def main():
    extract = Stub(name="extract")
    transform = Stub(name="transform", command="python transform.py", todo="ask Ada")
    load = Stub(name="load")

    pipeline = Pipeline(steps=[extract, transform, load])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
