"""An environment that somebody has installed into, and the folder that they work in."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess


@dataclass(frozen=True)
class Installed:
    environment: Path
    folder: Path

    def run(self, *command: object, code: int | None = 0, **variables: str) -> CompletedProcess[str]:
        """What a command prints and ends with, where the environment is activated. Fails for another exit code."""
        program, *arguments = map(str, command)
        own = self.environment / "bin" / program
        ended = subprocess.run(
            [str(own) if own.exists() else program, *arguments],
            cwd=self.folder,
            env={**self._activated(), **variables},
            capture_output=True,
            text=True,
        )
        assert code is None or ended.returncode == code, f"{command}\n{ended.stdout}\n{ended.stderr}"
        return ended

    def shell(self, line: str) -> CompletedProcess[str]:
        """What a line of a shell prints and ends with, where the environment is activated."""
        return subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env=self._activated(), capture_output=True, text=True
        )

    def _activated(self) -> dict[str, str]:
        path = f"{self.environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, "VIRTUAL_ENV": str(self.environment)}
