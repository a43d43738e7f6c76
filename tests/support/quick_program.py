"""The pipeline of quick items that is killed while they are handed ahead; each writes its session, itself, its process.

python quick_program.py FOLDER   runs it, or resumes it; the variable SESSION is the session
"""

import os
import sys
import time
from pathlib import Path

from runnable import Map, Pipeline, PythonTask

ITEMS = 300
FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else ".")


def quick(x: int) -> int:
    with (FOLDER / "ran").open("a") as stream:
        stream.write(f"{os.environ['SESSION']} {x} {os.getpid()}\n")
    if x % 7 == 0:
        time.sleep(0.002)
    if x % 50 == 3:
        print("printed", x)
    return x * 2


def pipeline() -> Pipeline:
    each = PythonTask(name="quick", function=quick, returns=["y"]).as_pipeline()
    return Pipeline(steps=[Map(name="m", branch=each, iterate_on="xs", iterate_as="x")])


if __name__ == "__main__":
    pipeline().execute(parameters={"xs": list(range(ITEMS))})
