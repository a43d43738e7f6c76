"""A bill of materials has all that an image lists, in the words of CycloneDX's own schema."""

import json
from pathlib import Path

import cyclonedx.schema
import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource

from runnable.diagnostics.errors import ConfigurationError
from runnable.images import sbom
from runnable_runtime.build import inventory

SCHEMAS = Path(cyclonedx.schema.__file__).parent / "_res"
INVENTORY = {
    "os": {"id": "debian", "version": "12"},
    "python": "3.11.7",
    "packages": [
        {"name": "PyYAML", "version": "6.0.4", "license": "MIT"},
        {"name": "typing_extensions", "version": "4.1", "license": "a license of their own, (c) & others"},
        {"name": "none", "version": "1", "license": ""},
    ],
    "debian": [{"name": "libssl3", "version": "3.0.1+b1", "architecture": "amd64", "source": "openssl"}],
}


def document(inventory=INVENTORY):
    return sbom._document("team/orders:1", "sha256:" + "a" * 64, inventory)


def test_it_is_of_the_schema_and_names_all_packages_by_their_urls():
    written = json.loads(document())
    names = ("bom-1.6", "spdx", "jsf-0.82")
    schemas = {name: json.loads((SCHEMAS / f"{name}.SNAPSHOT.schema.json").read_text()) for name in names}
    named = {f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json": one for name, one in schemas.items()}
    registry = Registry().with_resources((url, Resource.from_contents(one)) for url, one in named.items())
    Draft7Validator(schemas["bom-1.6"], registry=registry).validate(written)
    assert sorted(one["purl"] for one in written["components"]) == [
        "pkg:deb/debian/libssl3@3.0.1%2Bb1?arch=amd64&distro=debian-12&upstream=openssl",
        "pkg:pypi/none@1",
        "pkg:pypi/pyyaml@6.0.4",
        "pkg:pypi/typing-extensions@4.1",
    ]
    assert written["metadata"]["component"]["name"] == "team/orders:1"
    (of_image,) = (one for one in written["dependencies"] if one["ref"] == "image")
    assert len(of_image["dependsOn"]) == 4


def test_the_same_image_gives_the_same_text():
    assert document() == document()


def test_what_is_installed_here_is_listed(tmp_path, monkeypatch):
    status = tmp_path / "status"
    status.write_text(
        "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
        "Package: libssl3\nStatus: install ok installed\nSource: openssl (3.0)\nVersion: 3.0.1\n"
        "Architecture: amd64\nDescription: Secure Sockets\n it says: more\n"
    )
    monkeypatch.setattr(inventory, "_STATUS", status)
    found = inventory.inventory()
    assert {"name": "PyYAML", "license": "MIT"}.items() <= next(
        p for p in found["packages"] if p["name"] == "PyYAML"
    ).items()
    assert found["debian"] == [{"name": "libssl3", "version": "3.0.1", "architecture": "amd64", "source": "openssl"}]


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "cyclonedx", None)
    with pytest.raises(ConfigurationError, match=r"RN710.*\n.*runnable-pipelines\[sbom\]"):
        sbom.sbom("team/orders:1")
