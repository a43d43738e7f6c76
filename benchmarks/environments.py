"""A virtual environment for each peer, made once below `benchmarks/.environments`."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).parent / ".environments"
PEERS = {
    "hera": ["hera[yaml]==7.1.0"],
    "hera-cli": ["hera[cli,yaml]==7.1.0"],
    "published": ["runnable[notebook]==0.50.0"],
    "joblib": ["joblib==1.4.2", "pandas"],
}


def interpreter(name: str) -> str:
    """The Python of `ours` (this one), or of a peer, which is installed if it is not there yet."""
    if name == "ours":
        return sys.executable
    folder = FOLDER / name
    python = folder / "bin" / "python"
    ready = folder / ".ready"
    if not ready.exists():
        print(f"installing {PEERS[name]} ...", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PEERS[name]], check=True)
        ready.touch()
    return str(python)
