"""The same work, written for each tool: chains and wide Parallels of tasks that add one, and chains that do nothing."""

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
    (folder / "parameters.yaml").write_text("x: 0\n")
    (folder / "argo.yaml").write_text(PUBLISHED_ARGO)
    (folder / "chunked.yaml").write_text("run-log-store: {type: chunked-fs}\n")
    (folder / "pyproject.toml").touch()
    path = folder / f"{tool}_{shape}_{n}.py"
    path.write_text(SOURCES[tool, shape].format(n=n))
    return path
