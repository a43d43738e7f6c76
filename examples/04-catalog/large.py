"""A large file and a large object, in steps that have little memory:  python examples/04-catalog/large.py

Their sizes are parameters: RUNNABLE_PRM_file_mib=2048 RUNNABLE_PRM_object_mib=200.
"""

import resource
from pathlib import Path
from random import Random

from runnable import Catalog, Pipeline, PythonTask, ShellTask, pickled

FILE = "out/large/numbers.bin"
MIB = 1024 * 1024


def write_file(file_mib: int = 1):
    Path(FILE).parent.mkdir(parents=True, exist_ok=True)
    with Path(FILE).open("wb") as file:
        for number in range(file_mib):
            file.write(Random(number).randbytes(MIB))
    _tell("write_file")


def read_file(file_mib: int = 1) -> bool:
    _tell("read_file")
    return Path(FILE).stat().st_size == file_mib * MIB


def make_object(object_mib: int = 1) -> bytes:
    return b"".join(Random(number).randbytes(MIB) for number in range(object_mib))


def use_object(block: bytes, object_mib: int = 1) -> bool:
    _tell("use_object")
    return len(block) == object_mib * MIB


def _tell(step: str):
    print(f"{step}: at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB so far")


def main():
    little, more = {"memory": "256Mi"}, {"memory": "512Mi"}
    pipeline = Pipeline(
        steps=[
            PythonTask(name="write file", function=write_file, catalog=Catalog(put=[FILE]), resources=little),
            ShellTask(name="forget", command=f"rm -f {FILE}"),
            PythonTask(
                name="read file",
                function=read_file,
                returns=["whole_file"],
                catalog=Catalog(get=[FILE]),
                resources=little,
            ),
            PythonTask(name="make object", function=make_object, returns=[pickled("block")], resources=more),
            PythonTask(name="use object", function=use_object, returns=["whole_object"], resources=more),
            ShellTask(name="check", command='[ "$whole_file $whole_object" = "true true" ]'),
            ShellTask(name="clean", command=f"rm -f {FILE}"),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
