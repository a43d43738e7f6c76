"""Digests of short texts, by the hashes that Python has itself: `hashlib` loads OpenSSL, which takes 3 ms.

Files, and what may be as large, are for `hashlib`: its hashes are faster once they are loaded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

_SHA256 = ("_sha2", "_sha256", "hashlib")
"""Modules that have it: that of Python 3.12 and later, that before, and the one that every Python has."""
_BLAKE2 = ("_blake2", "hashlib")

if TYPE_CHECKING:
    from hashlib import blake2b as blake2b
    from hashlib import sha256 as sha256
else:

    def _first(modules, name):
        for module in modules:
            try:
                return getattr(import_module(module), name)
            except (ImportError, AttributeError):  # another version, or another Python
                continue
        raise ImportError(name)

    sha256 = _first(_SHA256, "sha256")
    blake2b = _first(_BLAKE2, "blake2b")


def sha256_hex(text: str) -> str:
    """The SHA-256 of a text, whatever is in it, in hexadecimal digits."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
