"""The nodes in a workflow's status, however the controller keeps them."""

from __future__ import annotations

import base64
import binascii
import gzip
import json
from collections.abc import Mapping
from typing import Any

from runnable.diagnostics.codes.cluster import StatusUnreadable
from runnable.diagnostics.errors import ClusterError

_MOST_BYTES = 256 * 1024 * 1024
"""More than any workflow's nodes are."""


def read_nodes(workflow: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The nodes by Argo's ids; none yet for a workflow that no controller has taken up.

    Raises ClusterError (RN807) where they are not in the object, or are compressed in another way than by default.
    """
    status = workflow.get("status") or {}
    if status.get("nodes"):
        found: dict[str, dict[str, Any]] = status["nodes"]
        return found
    if status.get("offloadNodeStatusVersion"):
        raise _unreadable(workflow, "the controller keeps them in its database")
    if compressed := status.get("compressedNodes"):
        return _decompressed(workflow, compressed)
    return {}


def _decompressed(workflow: Mapping[str, Any], text: str) -> dict[str, dict[str, Any]]:
    import io

    try:
        data = base64.b64decode(text)
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            found: dict[str, dict[str, Any]] = json.loads(stream.read(_MOST_BYTES))
    except (binascii.Error, OSError, EOFError, ValueError):
        raise _unreadable(workflow, "they are compressed in a way that is not known here") from None
    return found


def _unreadable(workflow: Mapping[str, Any], reason: str) -> ClusterError:
    return ClusterError([StatusUnreadable(name=workflow["metadata"]["name"], reason=reason)])
