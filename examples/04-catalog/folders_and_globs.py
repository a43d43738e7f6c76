"""Folders and patterns, put by steps that run beside each other:  python examples/04-catalog/folders_and_globs.py

A pattern stands for all files that match: steps that run at the same time write to folders of their own.
"""

from pathlib import Path

from runnable import Catalog, Parallel, Pipeline, PythonTask, ShellTask, Stub

FOLDER = "out/folders"


def write(folder: str, names: list[str]):
    place = Path(FOLDER, folder)
    place.mkdir(parents=True, exist_ok=True)
    for name in names:
        (place / name).write_text(f"{name} of {folder}\n")


def write_plots():
    write("plots", ["sales.svg", "stock.svg"])


def write_tables():
    write("tables", ["sales.csv", "stock.csv", "notes.txt"])


def list_files() -> list[str]:
    return sorted(str(path.relative_to(FOLDER)) for path in Path(FOLDER).rglob("*.*"))


def main():
    plots = PythonTask(name="plots", function=write_plots, catalog=Catalog(put=[f"{FOLDER}/plots/"]))
    tables = PythonTask(name="tables", function=write_tables, catalog=Catalog(put=[f"{FOLDER}/tables/*.csv"]))
    pipeline = Pipeline(
        steps=[
            Parallel(name="write", branches={"plots": plots.as_pipeline(), "tables": tables.as_pipeline()}),
            ShellTask(name="forget", command=f"rm -rf {FOLDER}"),
            Stub(name="get sales", catalog=Catalog(get=[f"{FOLDER}/**/sales.*"])),
            PythonTask(
                name="list files",
                function=list_files,
                returns=["files"],
                catalog=Catalog(get=[f"{FOLDER}/plots/s*", f"{FOLDER}/tables"]),
            ),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
