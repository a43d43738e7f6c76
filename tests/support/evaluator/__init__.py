"""Argo's own evaluator of tags and expressions, compiled from a checkout of Argo Workflows (RUNNABLE_ARGO_SOURCE)."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Self

SOURCE = os.environ.get("RUNNABLE_ARGO_SOURCE", "")
NOT_HERE = "" if SOURCE and shutil.which("go") else "needs Go, and RUNNABLE_ARGO_SOURCE: a checkout of Argo Workflows 4"


class Evaluator:
    """The compiled program, in `folder`."""

    def __init__(self, folder: Path) -> None:
        program, overlay = folder / "evaluator", folder / "overlay.json"
        main = str(Path(__file__).with_name("main.go"))
        overlay.write_text(json.dumps({"Replace": {str(Path(SOURCE).resolve() / "cmd/evaluator/main.go"): main}}))
        command = ["go", "build", "-trimpath", "-overlay", str(overlay), "-o", str(program), "./cmd/evaluator"]
        subprocess.run(command, cwd=SOURCE, env={**os.environ, "CGO_ENABLED": "0"}, check=True)
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def __call__(self, text: str, **given: str) -> str:
        """`text` with its tags replaced by what is `given`; `error` for one that Argo cannot evaluate."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"text": text, "with": given}) + "\n")
        self._process.stdin.flush()
        found = json.loads(self._process.stdout.readline()).get("value", "error")
        return "error" if "{{=" in found else str(found)
