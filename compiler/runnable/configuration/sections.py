"""The configuration file: its sections. Which one is used: see `configuration.chosen`.

    pipeline-executor: {type: local, config: {enable_parallel: true}}
    run-log-store: {type: chunked-fs}

Each section has a `type` and the keys of that type, under `config` or beside `type`. `-` and `_` are the same in the
names of sections. `report` and `approvals`, one word each, `prices` and `templates`, mappings, and `provenance`, true
or false, stand beside them: they are no sections.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from runnable.configuration.chosen import own_file
from runnable.configuration.project import enclosing_project, relative
from runnable.configuration.yaml_file import key_span, read_mapping
from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.errors import ConfigurationError
from runnable.diagnostics.terminal import say
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json

VARIABLE_PREFIX = "RUNNABLE_VAR_"
SECTIONS = ("pipeline-executor", "job-executor", "run-log-store", "catalog", "secrets", "pickler")
_FORMER_NAMES = {"executor": "pipeline-executor"}
"""What the published package's older configurations call a section."""
_MINI = "mini-k8s-job"
_MINI_KEYS = {"mini_k8s_run_log_location": "/volume/run_logs/", "mini_k8s_catalog_location": "/volume/catalog/"}
"""The published package's executor for a cluster of one node, whose folders it uses: `k8s-job` with these keys."""
_WITHOUT_USE = ("experiment-tracker",)
"""Sections of its older configurations."""
REPORT = "report"
REPORTS = ("never", "on-failure", "always")
"""When a run on this machine ends with a report: the values of the key `report`, the first one being the default."""
PRICES = "prices"
"""What an hour of resources costs (`simulation.prices`)."""
APPROVALS = "approvals"
APPROVING = ("ask", "approve", "reject")
"""Who decides an Approval in a run on this machine: the values of the key `approvals`, likewise."""
_WORDS = {REPORT: REPORTS, APPROVALS: APPROVING}
TEMPLATES = "templates"
"""What steps return on this machine that call a template of Argo's: by a step's name, values by name."""
PROVENANCE = "provenance"
"""Whether manifests say where they come from (`provenance.facts`)."""
_DEFAULT_TYPES = {
    "pipeline-executor": "local",
    "job-executor": "local",
    "run-log-store": "file-system",
    "catalog": "file-system",
    "secrets": "env-secrets",
    "pickler": "pickle",
}


@dataclass(frozen=True, slots=True)
class Section:
    """One section: the name of its type and that type's own keys, not yet validated."""

    type: str
    config: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A whole configuration; `file` is the path it was read from, empty where there is none.

    Folders and files in it are relative to the project's folder `root`. `named` is what a record calls it: `file` as
    seen from there; empty where the project has it by itself. `report` is one of `REPORTS`, `approvals` one of
    `APPROVING`. `prices` is not validated, nor is `templates`. `provenance`: manifests say where they come from.
    """

    file: str = ""
    sections: Mapping[str, Section] = field(default_factory=dict)
    report: str = REPORTS[0]
    prices: Mapping[str, Json] = field(default_factory=dict)
    provenance: bool = False
    root: Path = field(default=Path(), compare=False)
    named: str = field(default="", compare=False)
    approvals: str = APPROVING[0]
    templates: Mapping[str, Json] = field(default_factory=dict)

    def section(self, name: str) -> Section:
        """The section `name` (one of SECTIONS), or its default where the file has none."""
        return self.sections.get(name) or Section(_DEFAULT_TYPES[name])

    def invalid(self, key: str, reason: str, known: tuple[str, ...] = ()) -> ConfigurationError:
        """The error for a key of this configuration."""
        span = key_span(self.file, key) if self.file else None
        return ConfigurationError(
            [ConfigurationInvalid(span=span, file=self.file, key=key, reason=reason, known=known)]
        )


def load_configuration(file: str = "", root: Path | None = None) -> Configuration:
    """The configuration of `file`; without one, that of the project `root`; else the defaults.

    `file` is seen from the working folder, and without `root` its project counts. Raises ConfigurationError for an
    unusable file, an unknown section or a section of the wrong form.
    """
    root = enclosing_project(Path.cwd()) if root is None else root
    own = own_file(root)
    chosen = file or own
    if not chosen:
        return Configuration(root=root)
    variables = {k.removeprefix(VARIABLE_PREFIX): v for k, v in os.environ.items() if k.startswith(VARIABLE_PREFIX)}
    document = read_mapping(chosen, "configuration file", substitute=variables)
    configuration = Configuration(chosen)
    sections: dict[str, Section] = {}
    words = {key: known[0] for key, known in _WORDS.items()}
    mappings: dict[str, Mapping[str, Json]] = {PRICES: {}, TEMPLATES: {}}
    provenance = False
    for key, value in document.items():
        if key in _WORDS:
            words[key] = _word(configuration, key, value)
            continue
        if key in mappings:
            mappings[key] = _mapping(configuration, key, value)
            continue
        if key == PROVENANCE:
            provenance = _flag(configuration, PROVENANCE, value)
            continue
        name = str(key).replace("_", "-")
        name = _FORMER_NAMES.get(name, name)
        if name in _WITHOUT_USE:
            _say_unused(chosen, str(key))
            continue
        if name not in SECTIONS:
            known = (*SECTIONS, *_WORDS, *mappings, PROVENANCE)
            raise configuration.invalid(str(key), "there is no such section", known)
        if name in sections:
            raise configuration.invalid(str(key), f"the section {name!r} is there twice")
        sections[name] = _section(configuration, str(key), value)
    if (pickler := sections.get("pickler")) and pickler.type != _DEFAULT_TYPES["pickler"]:
        reason = f"{pickler.type!r} is not a pickler: `auto` and `pickled` in `returns` say how an object is kept"
        raise configuration.invalid("pickler.type", reason, (_DEFAULT_TYPES["pickler"],))
    named = _named(chosen, own, root)
    return Configuration(
        chosen,
        sections,
        words[REPORT],
        mappings[PRICES],
        provenance,
        root,
        named,
        words[APPROVALS],
        mappings[TEMPLATES],
    )


def _named(chosen: str, own: str, root: Path) -> str:
    path = Path(chosen).resolve()
    if own and Path(own).resolve() == path:
        return ""
    return relative(path, root.resolve()) or str(path)


def _say_unused(file: str, key: str) -> None:
    """Warn of a section that has no effect."""
    from runnable.diagnostics.codes.configuration import KeyIgnored
    from runnable.diagnostics.colour import painted

    reason = "metrics are returned by steps, `metric(name)`, and are in the records"
    warning = KeyIgnored(span=key_span(file, key), file=file, key=key, reason=reason)
    say(painted(warning.render(), sys.stderr), file=sys.stderr)


def _word(configuration: Configuration, key: str, value: Json) -> str:
    if value not in _WORDS[key]:
        raise configuration.invalid(key, f"{value!r} is not one of {', '.join(_WORDS[key])}")
    return str(value)


def _mapping(configuration: Configuration, key: str, value: Json) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise configuration.invalid(key, "a mapping is needed")
    return value


def _flag(configuration: Configuration, key: str, value: Json) -> bool:
    if not isinstance(value, bool):
        raise configuration.invalid(key, "is true or false")
    return value


def _section(configuration: Configuration, key: str, value: Json) -> Section:
    if not isinstance(value, dict):
        raise configuration.invalid(key, "a mapping with the key 'type' is needed")
    kind = value.get("type")
    if not isinstance(kind, str):
        raise configuration.invalid(f"{key}.type", "this key is needed, and is a text")
    nested = value.get("config") or {}
    if not isinstance(nested, dict):
        raise configuration.invalid(f"{key}.config", "a mapping is needed")
    beside = {k: v for k, v in value.items() if k not in ("type", "config")}
    if both := sorted(beside.keys() & nested.keys()):
        raise configuration.invalid(f"{key}.{both[0]}", "this key stands both beside 'type' and under 'config'")
    if kind == _MINI:
        return Section("k8s-job", {**_MINI_KEYS, **beside, **nested})
    return Section(kind, {**beside, **nested})
