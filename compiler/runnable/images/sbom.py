"""What an image consists of, as a bill of materials in CycloneDX's JSON (version 1.6).

Source: https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from runnable.container_engine import Engine, EngineError, unavailable
from runnable.container_engine.programs import run_program
from runnable.diagnostics.codes.containers import ExtraMissing, ImageMissing, ImageUnusable
from runnable.diagnostics.errors import ConfigurationError, OutputError
from runnable_runtime import __version__

if TYPE_CHECKING:
    from cyclonedx.model.component import Component
    from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression

_INVENTORY = ["python", "-m", "runnable_runtime.build.inventory"]
_ASKED_BY = "`runnable image sbom`"


def sbom(reference: str) -> str:
    """The bill of materials of an image that the engine has; the same image gives the same text.

    Raises ConfigurationError where there is no engine, image or library, OutputError where the image tells nothing.
    """
    try:
        import cyclonedx  # noqa: F401
    except ImportError:
        raise ConfigurationError([ExtraMissing(purpose=_ASKED_BY, extra="sbom")]) from None
    try:
        engine = Engine.connect()
        if (image := engine.image(reference)) is None:
            missing = ImageMissing(image=reference, by=_ASKED_BY, reason="this command pulls nothing")
            raise ConfigurationError([missing])
        code, printed = run_program(engine, image.id, _INVENTORY)
    except EngineError as error:
        raise unavailable(error) from None
    try:
        found = json.loads(printed) if code == 0 else None
    except ValueError:
        found = None
    if found is None:
        reason = f"it cannot list what is in it: {printed.strip()[-500:]}"
        raise OutputError(ImageUnusable(image=reference, by=_ASKED_BY, reason=reason).render())
    return _document(reference, image.id, found)


def _document(reference: str, image_id: str, found: Mapping[str, Any]) -> str:
    from cyclonedx.model import Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6

    image = Component(
        name=reference,
        version=image_id,
        type=ComponentType.CONTAINER,
        bom_ref="image",
        properties=[Property(name="python", value=found["python"])],
    )
    components = [*_of_python(found), *_of_debian(found)]
    bom = Bom(components=components, serial_number=uuid.uuid5(uuid.NAMESPACE_URL, image_id))
    bom.metadata.component = image
    bom.metadata.tools.components.add(Component(name="runnable", version=__version__, type=ComponentType.APPLICATION))
    bom.register_dependency(image, components)
    written = json.loads(JsonV1Dot6(bom).output_as_string())
    del written["metadata"]["timestamp"]  # it would differ each time
    return json.dumps(written, indent=1, sort_keys=True) + "\n"


def _of_python(found: Mapping[str, Any]) -> Iterator[Component]:
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    for one in found["packages"]:
        name, version = one["name"], one["version"]
        url = PackageURL("pypi", name=name.lower().replace("_", "-"), version=version)
        yield Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            purl=url,
            bom_ref=str(url),
            licenses=[_license(one["license"])] if one["license"] else [],
        )


def _license(text: str) -> DisjunctiveLicense | LicenseExpression:
    from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
    from cyclonedx.spdx import fixup_id, is_expression

    if known := fixup_id(text):
        return DisjunctiveLicense(id=known)
    return LicenseExpression(text) if is_expression(text) else DisjunctiveLicense(name=text)


def _of_debian(found: Mapping[str, Any]) -> Iterator[Component]:
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    system = found["os"]
    for one in found["debian"]:
        qualifiers = {"arch": one["architecture"], "distro": f"{system['id']}-{system['version']}"}
        if one["source"] and one["source"] != one["name"]:
            qualifiers["upstream"] = one["source"]
        url = PackageURL("deb", system["id"] or "debian", one["name"], one["version"], qualifiers)
        yield Component(
            name=one["name"], version=one["version"], type=ComponentType.LIBRARY, purl=url, bom_ref=str(url)
        )
