"""A Sphinx extension that makes a page of each example: its picture, its code and, of some, the report of a run."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "out" / "examples"
REPORTED = (
    "02-sequential/on_failure_succeed",
    "06-parallel/branch_fails",
    "07-map/map",
    "10-loop/loop",
    "12-nesting/everything",
    "16-dag/cross_edge",
)
"""Examples that are run for their report; those that fail are meant to."""


def setup(app: Any) -> dict[str, bool]:
    """Let the pages be made before Sphinx looks for pages, and the reports be beside them when it has ended."""
    app.connect("config-inited", lambda app, config: write_pages())
    app.connect("source-read", _link_pages)
    app.connect("build-finished", lambda app, error: error or write_beside(Path(app.outdir)))
    return {"parallel_read_safe": True}


def write_pages() -> None:
    """Write the pages, the pictures and the index; what has not changed is left, so that Sphinx reads it once."""
    names = [file.relative_to(ROOT / "examples").with_suffix("").as_posix() for file in examples()]
    PAGES.mkdir(parents=True, exist_ok=True)
    pictures = _pictures()
    for name in names:
        if name in pictures:
            _keep(PAGES / f"{_flat(name)}.svg", pictures[name])
        _keep(PAGES / f"{_flat(name)}.md", "\n".join(_page(name, name in pictures)))
    listed = [f"- [{name}]({_flat(name)}.md): {_about(name)}" for name in names]
    tree = ["```{toctree}", ":hidden:", "", *map(_flat, names), "```", ""]
    head = ["# All examples", "", "Each is a file that runs as it is, and that tests run on every executor.", ""]
    _keep(PAGES / "index.md", "\n".join([*head, *listed, "", *tree]))


def _link_pages(app: Any, docname: str, source: list[str]) -> None:
    """Let links to examples' files lead to their pages."""
    here = (ROOT / docname).parent

    def page(found: re.Match[str]) -> str:
        file = PAGES / f"{_flat(found[2])}.md"
        return f"]({os.path.relpath(file, here)})" if file.exists() else found[0]

    source[0] = re.sub(r"\]\(((?:\.\./)*)examples/(\d[^)#]*?)\.py\)", page, source[0])


def examples() -> list[Path]:
    """The files of the examples that are pipelines, in their order."""
    found = sorted((ROOT / "examples").glob("[0-9]*/*.py"))
    return [file for file in found if "import" in file.read_text(encoding="utf-8")]


def _page(name: str, drawn: bool) -> Iterator[str]:
    yield from (f"# {name}", "", _about(name), "")
    if drawn:
        yield from (f"![the pipeline of {name}]({_flat(name)}.svg)", "")
    yield from (f"```{{literalinclude}} ../../examples/{name}.py", ":language: python", "```", "")
    if name in REPORTED:
        address = f"../../reports/{_flat(name)}.html"
        yield from ("## A run of it", "")
        yield f'<iframe class="report" src="{address}" title="The report of a run" loading="lazy"></iframe>'
        yield from ("", f'<a href="{address}">The report by itself</a>', "")


def _about(name: str) -> str:
    """The first line of the example's docstring."""
    text = ast.get_docstring(ast.parse((ROOT / "examples" / f"{name}.py").read_text(encoding="utf-8")))
    return (text or "").partition("\n")[0]


def _flat(name: str) -> str:
    return name.replace("/", "-")


def _pictures() -> dict[str, str]:
    """The pictures of all examples that are pipelines by themselves."""
    with tempfile.TemporaryDirectory() as made:
        _runnable("compile", "--target", "svg", "examples", "-o", made, folder=ROOT)
        files = sorted(Path(made).rglob("*.svg"))
        return {one.relative_to(made).with_suffix("").as_posix(): one.read_text(encoding="utf-8") for one in files}


def write_beside(site: Path) -> None:
    """Run some examples and write their reports into the site; and let its first address be its first page."""
    folder = site / "reports"
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        project = Path(made)
        shutil.copytree(ROOT / "examples", project / "examples")
        (project / "runnable.yaml").write_text(
            "run-log-store: {type: chunked-fs}\npipeline-executor: {type: local, config: {enable_parallel: true}}\n"
        )
        for name in REPORTED:
            run_id = _flat(name)
            ran = subprocess.run(
                [sys.executable, f"examples/{name}.py"],
                cwd=project,
                env={**os.environ, "RUNNABLE_RUN_ID": run_id, "RUNNABLE_CONFIGURATION_FILE": "runnable.yaml"},
                capture_output=True,
                text=True,
            )
            ended = _runnable("report", run_id, "-o", str(folder / f"{run_id}.html"), folder=project)
            if ended.returncode:
                raise RuntimeError(f"no report of {name}: {ended.stderr}\n{ran.stderr}")
    first = "docs/site/index.html"
    head = f'<meta charset="utf-8"><title>runnable</title><meta http-equiv="refresh" content="0; url={first}">'
    page = f'<!doctype html>{head}<a href="{first}">runnable</a>\n'
    (site / "index.html").write_text(page, encoding="utf-8")


def _runnable(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "runnable", *arguments], cwd=folder, capture_output=True, text=True)


def _keep(file: Path, text: str) -> None:
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
