"""Folders of this repository."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
UV = Path(sys.executable).with_name("uv")
"""Installs where there is no pip, as in environments that uv has made."""
