"""What runs in a notebook's kernel after its last cell: reading the declared returns."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from runnable_runtime.failures import BadReturn
from runnable_runtime.returns import to_json


def harvest(variables: Mapping[str, object], names: Sequence[str], path: str) -> None:
    """Write to `path` the JSON values of the variables `names`, or what the problem with them is."""
    missing = [name for name in names if name not in variables]
    try:
        if missing:
            raise BadReturn(f"the notebook does not define {', '.join(missing)}, which its step returns")
        document = {"outputs": {name: to_json(variables[name], name) for name in names}}
    except BadReturn as problem:
        document = {"problem": problem.message}  # type: ignore[dict-item]
    Path(path).write_text(json.dumps(document), encoding="utf-8")
