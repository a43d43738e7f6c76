"""Argo's own evaluator of tags and expressions: a program of ours that uses its Go module, where Go is at hand."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Self

NOT_HERE = "" if shutil.which("go") else "needs Go"
_MODULE = "github.com/argoproj/argo-workflows/v4@v4.0.5"


class NotHad(Exception):
    """The module cannot be fetched from where Go's modules come from."""


class Evaluator:
    """The compiled program, in `folder`. Raises NotHad, and CalledProcessError if it cannot be compiled."""

    def __init__(self, folder: Path) -> None:
        program = folder / "evaluator"
        shutil.copy(Path(__file__).with_name("main.go"), folder)
        (folder / "go.mod").write_text("module evaluator\n")
        environment = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}
        if subprocess.run(["go", "get", _MODULE], cwd=folder, env=environment).returncode:
            raise NotHad(_MODULE)
        build = ["go", "build", "-mod=mod", "-trimpath", "-o", str(program), "."]
        subprocess.run(build, cwd=folder, env=environment, check=True)
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
