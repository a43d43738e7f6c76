"""Programs of any image as steps:  python examples/17-containers/containers.py

The image of a ContainerTask needs nothing of this project. What goes in are arguments, what comes out are files. On
this machine its programs run in containers, so an engine such as Docker is needed; all other steps run as usual.
Which image it is may be a parameter too.
"""

import os

from runnable import ContainerTask, Map, Pipeline, PythonTask, param

IMAGE = os.environ.get("TOOL_IMAGE", "python:3.11-slim")
COUNT = """
import json, sys
orders = json.loads(sys.argv[1])
json.dump(sorted(set(orders)), open("/out/kinds.json", "w"))
print(f"{len(orders)} orders")
"""
PRICE = """
import sys
name, rate = sys.argv[1].removeprefix("--name="), float(sys.argv[2])
open("/out/price.txt", "w").write(f"{len(name) * rate:.2f}")
"""


def report(kinds: list[str], prices: list[float], title: str) -> str:
    lines = [f"{kind}: {price:.2f}" for kind, price in zip(kinds, prices, strict=True)]
    print(title, *lines, sep="\n")
    return "; ".join(lines)


def main():
    price = ContainerTask(
        name="price",
        image=param("tool"),
        command=["python", "-c", PRICE],
        args=["--name=" + param("kind"), param("rate")],
        returns={"prices": "/out/price.txt"},
    )
    pipeline = Pipeline(
        steps=[
            ContainerTask(
                name="count",
                image=IMAGE,
                command=["python", "-c", COUNT],
                args=[param("orders")],
                returns={"kinds": "/out/kinds.json"},
            ),
            Map(name="each kind", branch=price.as_pipeline(), iterate_on="kinds", iterate_as="kind"),
            PythonTask(name="report", function=report, returns=["text"]),
        ]
    )
    orders = ["pears", "apples; rm -rf /", "pears"]
    pipeline.execute(parameters={"orders": orders, "rate": 0.5, "title": "Prices", "tool": IMAGE})
    return pipeline


if __name__ == "__main__":
    main()
