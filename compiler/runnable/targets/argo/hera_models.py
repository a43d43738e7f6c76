"""Hera's typed models of Argo's objects.

Importing a module of `hera.workflows.models` first runs all of `hera.workflows`, an API that is not used here, and of
`models`, which has the models of Argo Events too: the models of workflows are half of it. So both packages are stood in
for while they are imported, and then forgotten again: whoever imports them afterwards gets them whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hera.workflows.models.io.argoproj.workflow import v1alpha1 as models
    from hera.workflows.models.io.k8s.api.core import v1 as core
    from hera.workflows.models.io.k8s.apimachinery.pkg.apis.meta import v1 as meta
    from hera.workflows.models.io.k8s.apimachinery.pkg.util.intstr import IntOrString
else:
    import gc
    import sys
    from importlib.util import find_spec
    from types import ModuleType

    _PACKAGES = ("hera.workflows", "hera.workflows.models")

    def _import_models():
        stand_in = not any(name in sys.modules for name in _PACKAGES)
        for name in _PACKAGES if stand_in else ():
            module = ModuleType(name)
            module.__path__ = list(find_spec(name).submodule_search_locations)
            sys.modules[name] = module
        collecting = gc.isenabled()
        gc.disable()  # some 60,000 objects are made here, and none of them dies before the process
        try:
            from hera.workflows.models.io.argoproj.workflow import v1alpha1 as models
            from hera.workflows.models.io.k8s.api.core import v1 as core
            from hera.workflows.models.io.k8s.apimachinery.pkg.apis.meta import v1 as meta
            from hera.workflows.models.io.k8s.apimachinery.pkg.util.intstr import IntOrString

            gc.freeze()
        finally:
            if collecting:
                gc.enable()
            if stand_in:
                for name in [name for name in sys.modules if name.startswith("hera.workflows")]:
                    del sys.modules[name]
        return models, core, meta, IntOrString

    models, core, meta, IntOrString = _import_models()

__all__ = ["IntOrString", "core", "meta", "models"]
