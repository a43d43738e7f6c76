"""A distribution with plugins, installed where a test wants it."""

import subprocess
from pathlib import Path
from zipfile import ZipFile

from tests.support.paths import UV

SOURCE = Path(__file__).parent / "plugin"
ENTRY_POINTS = """
[runnable.targets]
count = shelf_plugin.target
broken = shelf_plugin.absent
[runnable.executors]
shelf = shelf_plugin.executor:SHELF
broken = shelf_plugin.absent:EXECUTOR
unfit = shelf_plugin.executor:ShelfSettings
[runnable.run_log_stores]
shelf = shelf_plugin.stores:RECORDS
broken = shelf_plugin.absent:STORE
unfit = shelf_plugin.stores:ShelfKeys
[runnable.catalogs]
shelf = shelf_plugin.stores:ShelfKeys
broken = shelf_plugin.absent:KEYS
unfit = shelf_plugin.stores:RECORDS
[runnable.secrets]
shelf = shelf_plugin.secrets:SECRETS
broken = shelf_plugin.absent:SECRETS
unfit = shelf_plugin.stores:RECORDS
[runnable.store_locations]
shelf = shelf_plugin.stores:open_location
"""


def install(folder: Path) -> Path:
    """The folder of packages in which the distribution is, below `folder`; whoever has it in PYTHONPATH has it."""
    wheel = folder / "shelf_plugin-1.0-py3-none-any.whl"
    info = "shelf_plugin-1.0.dist-info"
    with ZipFile(wheel, "w") as archive:
        for file in sorted(SOURCE.rglob("*.py")):
            archive.write(file, file.relative_to(SOURCE))
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: shelf-plugin\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/entry_points.txt", ENTRY_POINTS)
        archive.writestr(f"{info}/RECORD", "")
    packages = folder / "packages"
    command = [UV, "pip", "install", "--quiet", "--offline", "--no-deps", "--target", packages, wheel]
    subprocess.run(command, check=True)
    return packages
