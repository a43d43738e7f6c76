"""What a process has loaded from which commands and scripts are forked: all our modules, and all that these load.

A module that is left out is loaded by each of the thousand commands anew, pydantic in some 80 ms: so none is listed.
"""

import gc
import pkgutil
from importlib import import_module

import runnable
import runnable_runtime

_NOT_TO_LOAD = (
    "__main__",  # is a program
    "pytest_plugin",  # loads pytest
)

for _package in (runnable_runtime, runnable):
    for _module in pkgutil.walk_packages(_package.__path__, f"{_package.__name__}."):
        if _module.name.rpartition(".")[2] not in _NOT_TO_LOAD:
            import_module(_module.name)

gc.freeze()  # what is loaded stays: no collection in a fork looks through it, and writes to its pages
