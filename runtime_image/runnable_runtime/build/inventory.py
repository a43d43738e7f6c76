"""List what is installed in an image: packages of Python, and of Debian where there are any.

    python -m runnable_runtime.build.inventory

prints one JSON object: ``os`` is what /etc/os-release says of the system, ``python`` the version of the interpreter,
``packages`` have name, version and license of each distribution, ``debian`` name, version, architecture and source
of each package. It is run in the image, by `runnable image sbom`.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

_STATUS = Path("/var/lib/dpkg/status")
_MORE = Path("/var/lib/dpkg/status.d")
"""Where images without a package manager ("distroless") have them, a file each."""


def inventory() -> dict[str, object]:
    """What the module says."""
    system = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    found = {(one["name"].lower(), one["version"]): one for one in map(_distribution, distributions())}
    return {
        "os": {"id": system.get("ID", ""), "version": system.get("VERSION_ID", "")},
        "python": platform.python_version(),
        "packages": [found[key] for key in sorted(found)],
        "debian": sorted(_debian(), key=lambda one: (one["name"], one["architecture"])),
    }


def _distribution(one: Distribution) -> dict[str, str]:
    fields = one.metadata.json
    license_ = str(fields.get("license_expression") or fields.get("license") or "")
    short = license_ if len(license_) < 100 and "\n" not in license_ else ""  # some have the whole text there
    return {"name": str(fields.get("name") or ""), "version": str(fields.get("version") or ""), "license": short}


def _debian() -> Iterator[dict[str, str]]:
    """The installed packages of Debian's database, whose paragraphs are like the heads of mails.

    Source: deb-control(5), dpkg(1).
    """
    files = [_STATUS, *(file for file in sorted(_MORE.glob("*")) if file.suffix != ".md5sums")]
    for file in files:
        if not file.is_file():
            continue
        for paragraph in file.read_text(encoding="utf-8", errors="replace").split("\n\n"):
            lines = [line.partition(": ") for line in paragraph.splitlines() if line[:1].strip()]
            fields = {name: value.strip() for name, _, value in lines}
            if "Package" in fields and fields.get("Status", "install ok installed").endswith(" installed"):
                yield {
                    "name": fields["Package"],
                    "version": fields.get("Version", ""),
                    "architecture": fields.get("Architecture", ""),
                    "source": fields.get("Source", "").partition(" ")[0],
                }


if __name__ == "__main__":
    print(json.dumps(inventory()))
