"""The same work, written for each tool: chains and wide Parallels of tasks that add one, and chains that do nothing.

For this package alone: a mixture of all composites, and a Map and a Loop around one task.
"""

from __future__ import annotations

from pathlib import Path

OURS_CHAIN = """
from steps import increment
from runnable import Pipeline, PythonTask

steps = [PythonTask(name=f"t{{i}}", function=increment, returns=["x"]) for i in range({n})]

def main():
    pipeline = Pipeline(steps=steps)
    pipeline.execute(parameters_file="parameters.yaml")
    return pipeline

if __name__ == "__main__":
    main()
"""

OURS_WIDE = """
from steps import increment
from runnable import Parallel, Pipeline, PythonTask

def main():
    branch = lambda i: PythonTask(name="work", function=increment, returns=[f"y{{i}}"]).as_pipeline()
    branches = {{f"b{{i}}": branch(i) for i in range({n})}}
    pipeline = Pipeline(steps=[Parallel(name="wide", branches=branches)])
    pipeline.execute(parameters_file="parameters.yaml")
    return pipeline

if __name__ == "__main__":
    main()
"""

OURS_NOOP = """
from steps import nothing
from runnable import Pipeline, PythonTask

def main():
    pipeline = Pipeline(steps=[PythonTask(name=f"t{{i}}", function=nothing) for i in range({n})])
    pipeline.execute()
    return pipeline

if __name__ == "__main__":
    main()
"""

OURS_MIXED = """
from steps import again, grow, halt, increment, look
from runnable import Conditional, Loop, Map, Parallel, Pipeline, PythonTask

def task(name, function=increment, *returns):
    return PythonTask(name=name, function=function, returns=list(returns or ["x"]))

def mapped(name):
    body = [task("grow", grow, "y"), *(task(f"again{{i}}", again, "y") for i in range(4))]
    return Map(name=name, branch=Pipeline(steps=body), iterate_on="items", iterate_as="item")

def block(b):
    "100 tasks, and five composites: a Map in a Parallel, a Conditional, a Loop, a Map."
    left = Pipeline(steps=[*(task(f"left{{i}}") for i in range(5)), mapped("inner")])
    right = Pipeline(steps=[task(f"right{{i}}", look, "z") for i in range(10)])
    one, two = (Pipeline(steps=[task(f"side{{i}}") for i in range(5)]) for _ in "ab")
    body = Pipeline(steps=[*(task(f"turn{{i}}") for i in range(4)), task("halt", halt, "x", "done")])
    return [
        *(task(f"t{{b}}x{{i}}") for i in range(60)),
        Parallel(name=f"both{{b}}", branches={{"left": left, "right": right}}),
        Conditional(name=f"choose{{b}}", parameter="side", branches={{"a": one, "b": two}}),
        Loop(name=f"repeat{{b}}", branch=body, break_on="done", index_as="turn", max_iterations=3),
        mapped(f"each{{b}}"),
    ]

def main():
    pipeline = Pipeline(steps=[step for b in range({n} // 100) for step in block(b)])
    pipeline.execute(parameters_file="parameters.yaml")
    return pipeline

if __name__ == "__main__":
    main()
"""

OURS_MAP = """
from steps import nothing
from runnable import Map, PythonTask, Pipeline

def main():
    branch = PythonTask(name="work", function=nothing).as_pipeline()
    pipeline = Pipeline(steps=[Map(name="m", branch=branch, iterate_on="numbers", iterate_as="number")])
    pipeline.execute(parameters_file="numbers.yaml")
    return pipeline

if __name__ == "__main__":
    main()
"""

OURS_PICKLED = """
from steps import model
from runnable import Map, PythonTask, Pipeline, pickled

def main():
    branch = PythonTask(name="work", function=model, returns=[pickled("found")]).as_pipeline()
    pipeline = Pipeline(steps=[Map(name="m", branch=branch, iterate_on="numbers", iterate_as="number")])
    pipeline.execute(parameters_file="numbers.yaml")
    return pipeline

if __name__ == "__main__":
    main()
"""

OURS_LOOP = """
from steps import increment
from runnable import Loop, PythonTask, Pipeline

def main():
    branch = PythonTask(name="work", function=increment, returns=["x"]).as_pipeline()
    loop = Loop(name="l", branch=branch, break_on="done", index_as="turn", max_iterations={n})
    pipeline = Pipeline(steps=[loop])
    pipeline.execute(parameters_file="parameters.yaml")
    return pipeline

if __name__ == "__main__":
    main()
"""

HERA_HEAD = """
from hera.workflows import DAG, Container, Parameter, Task, WorkflowTemplate
from hera.workflows import models as m

with WorkflowTemplate(name="bench", entrypoint="main", arguments=[Parameter(name="x", value="0")]) as w:
    work = Container(
        name="increment", image="python:3.11-slim", command=["python", "-m", "increment"],
        args=["{{{{inputs.parameters.x}}}}"], inputs=[Parameter(name="x")],
        outputs=[Parameter(name="x", value_from=m.ValueFrom(path="/tmp/x"))],
    )
    with DAG(name="main"):
"""

HERA_CHAIN = (
    HERA_HEAD
    + """
        previous = Task(name="t0", template=work, arguments={{"x": "{{{{workflow.parameters.x}}}}"}})
        for i in range(1, {n}):
            task = Task(name=f"t{{i}}", template=work, arguments=previous.get_parameter("x"))
            previous >> task
            previous = task
print(w.to_yaml())
"""
)

HERA_WIDE = (
    HERA_HEAD
    + """
        for i in range({n}):
            Task(name=f"t{{i}}", template=work, arguments={{"x": "{{{{workflow.parameters.x}}}}"}})
print(w.to_yaml())
"""
)

STEPS = """
def increment(x: int):
    return x + 1

def nothing():
    pass

class Model:
    def __init__(self, number):
        self.number = number

def model(number: int):
    return Model(number)

def look(x: int):
    return x

def grow(item: int, x: int):
    return item + x

def again(y: int):
    return y + 1

def halt(x: int, turn: int):
    return x + 1, turn >= 2
"""

PARAMETERS = """
x: 0
items: [1, 2, 3]
side: a
done: false
"""

PUBLISHED_ARGO = """
pipeline-executor:
  type: argo
  config:
    pvc_for_runnable: runnable
    defaults: {image: "python:3.11-slim"}
    argoWorkflow: {metadata: {generateName: "bench-"}, spec: {serviceAccountName: workflow}}
run-log-store: {type: chunked-fs}
"""

SOURCES = {
    ("ours", "chain"): OURS_CHAIN,
    ("ours", "wide"): OURS_WIDE,
    ("ours", "noop"): OURS_NOOP,
    ("ours", "mixed"): OURS_MIXED,
    ("ours", "map"): OURS_MAP,
    ("ours", "pickled"): OURS_PICKLED,
    ("ours", "loop"): OURS_LOOP,
    ("published", "chain"): OURS_CHAIN,
    ("published", "wide"): OURS_WIDE,
    ("published", "noop"): OURS_NOOP,
    ("hera", "chain"): HERA_CHAIN,
    ("hera", "wide"): HERA_WIDE,
}


def write(folder: Path, tool: str, shape: str, n: int) -> Path:
    """Write the pipeline's file, and what it needs, into `folder`; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "steps.py").write_text(STEPS)
    (folder / "parameters.yaml").write_text(PARAMETERS)
    (folder / "numbers.yaml").write_text(f"numbers: {list(range(n))}\n")
    (folder / "argo.yaml").write_text(PUBLISHED_ARGO)
    (folder / "chunked.yaml").write_text("run-log-store: {type: chunked-fs}\n")
    (folder / "pyproject.toml").touch()
    path = folder / f"{tool}_{shape}_{n}.py"
    path.write_text(SOURCES[tool, shape].format(n=n))
    return path
