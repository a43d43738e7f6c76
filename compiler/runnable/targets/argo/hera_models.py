"""Hera's typed models of Argo's objects.

`import hera.workflows.models` first runs all of `hera.workflows`, an API that is not used here and takes nearly as long
to load as the models themselves. So the package is stood in for while its submodule `models` is imported, and then
forgotten again: whoever imports `hera.workflows` itself afterwards gets it whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hera.workflows import models
    from hera.workflows.models.io.k8s.api.core import v1 as core
    from hera.workflows.models.io.k8s.apimachinery.pkg.apis.meta import v1 as meta
    from hera.workflows.models.io.k8s.apimachinery.pkg.util.intstr import IntOrString
else:
    import gc
    import sys
    from importlib.util import find_spec
    from types import ModuleType

    def _import_models():
        package = "hera.workflows"
        stand_in = package not in sys.modules
        if stand_in:
            module = ModuleType(package)
            module.__path__ = list(find_spec(package).submodule_search_locations)
            sys.modules[package] = module
        collecting = gc.isenabled()
        gc.disable()  # some 80,000 objects are made here, and none of them dies before the process
        try:
            from hera.workflows import models
            from hera.workflows.models.io.k8s.api.core import v1 as core
            from hera.workflows.models.io.k8s.apimachinery.pkg.apis.meta import v1 as meta
            from hera.workflows.models.io.k8s.apimachinery.pkg.util.intstr import IntOrString

            gc.freeze()
        finally:
            if collecting:
                gc.enable()
            if stand_in:
                for name in [name for name in sys.modules if name == package or name.startswith(package + ".")]:
                    del sys.modules[name]
        return models, core, meta, IntOrString

    models, core, meta, IntOrString = _import_models()

__all__ = ["IntOrString", "core", "meta", "models"]
