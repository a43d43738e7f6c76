"""A step that fails puts what is there, for its handler to get:  python examples/04-catalog/on_failure.py"""

from runnable import Catalog, Pipeline, ShellTask

FOLDER = "out/on-failure"


def main():
    failing = ShellTask(
        name="fails half way",
        command=f"mkdir -p {FOLDER} && echo 'row 1' > {FOLDER}/part.csv && exit 1",
        catalog=Catalog(put=[f"{FOLDER}/part.csv", f"{FOLDER}/rest.csv"]),
    )
    failing.on_failure = Pipeline(
        steps=[
            ShellTask(
                name="look at it",
                command=f'export found="$(cat {FOLDER}/part.csv)"',
                returns=["found"],
                catalog=Catalog(get=[f"{FOLDER}/*.csv"]),
            )
        ]
    )
    pipeline = Pipeline(steps=[failing])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
