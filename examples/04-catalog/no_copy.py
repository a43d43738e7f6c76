"""Only the hash of a file is kept:  python examples/04-catalog/no_copy.py

For files that are too large to copy, or kept safe elsewhere. A later `get` makes sure that the file is where it was,
and what it was; a pod of its own does not have it.
"""

from runnable import Catalog, Pipeline, ShellTask

LARGE = "out/no-copy/large.bin"


def main():
    pipeline = Pipeline(
        steps=[
            ShellTask(
                name="make",
                command=f"mkdir -p out/no-copy && head -c 100000 /dev/zero > {LARGE}",
                catalog=Catalog(put=[LARGE], store_copy=False),
            ),
            ShellTask(
                name="use",
                command=f"export size=$(($(wc -c < {LARGE})))",
                returns=["size"],
                catalog=Catalog(get=[LARGE]),
            ),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
