"""What the probe pod runs: this file's text is what its `python -c` is given, so that the image needs nothing of it.

It prints one line of JSON after `MARK`. `runtime` is the version of ours in the image, `lacks` why there is none; of
each store that pods are given, and of the API server, an empty text where it is reached, else why not.
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from runnable_runtime.presence import is_there

MARK = "runnable-probe "
STORES = {"catalog": "RUNNABLE_STORE", "run log": "RUNNABLE_RUN_LOG"}
SECONDS = 5.0
"""For a connection."""


def looked(environment: Any = os.environ) -> dict[str, Any]:
    """All of it."""
    found: dict[str, Any] = {"runtime": "", "lacks": "", "api": _api(environment), "stores": {}}
    try:
        import runnable_runtime
    except Exception as error:  # whatever stands in the way of an import
        found["lacks"] = f"{type(error).__name__}: {error}"
        return found
    found["runtime"] = runnable_runtime.__version__
    found["stores"] = {
        name: _store(environment[variable]) for name, variable in STORES.items() if variable in environment
    }
    return found


def _api(environment: Any) -> str:
    """Each pod of a workflow reports there how it ended."""
    host, port = (environment.get(f"KUBERNETES_SERVICE_{name}", "") for name in ("HOST", "PORT"))
    return _connection(host, int(port)) if host and port else ""


def _store(text: str) -> str:
    try:
        from runnable_runtime.stores.settings import StoreSettings, open_location

        settings = StoreSettings.decode(text)
        if settings.is_folder:
            return _folder(Path(settings.url))
        if settings.endpoint:  # whose library would try for a minute
            parts = urlsplit(settings.endpoint)
            port = parts.port or (443 if parts.scheme == "https" else 80)
            if problem := _connection(parts.hostname or "", port):
                return problem
        next(iter(open_location(settings).folders()), None)
    except Exception as error:  # also of a runtime of another version
        return " ".join(str(error).split())[:300] or type(error).__name__
    return ""


def _folder(folder: Path) -> str:
    there = next((one for one in (folder, *folder.parents) if is_there(one)), folder)
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{there} cannot be written to by user {os.getuid()}"


def _connection(host: str, port: int) -> str:
    try:
        socket.create_connection((host, port), SECONDS).close()
    except OSError as error:
        return f"no connection to {host}:{port}: {error}"
    return ""


if __name__ == "__main__":
    print(MARK + json.dumps(looked()), flush=True)
