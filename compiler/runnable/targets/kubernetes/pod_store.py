"""The store of files, objects and large values as pods see it: a bucket, or a volume that is mounted."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from runnable.configuration.catalog import CatalogSettings
from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.codes.storage import StoreNeeded
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.at_exit import joined_program
from runnable.ir.nodes import Program
from runnable.passes.analysis.storing import store_needs, without_files
from runnable.targets.target import CompileRequest
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import DATA_FOLDER_VARIABLE, SPILL_VARIABLE, STORE_VARIABLE
from runnable_runtime.stores.settings import S3, StoreSettings

MOUNT = "/mnt/runnable"
"""Where a volume for the store is in a pod."""
KEY_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
TOKEN_VARIABLE = "AWS_SESSION_TOKEN"  # noqa: S105 - a name
_HERE = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - to refuse it
_WAY_OUT = (
    "give pods a bucket: `catalog: {type: s3, bucket: ..., credentials_secret: ...}` in the configuration (-c FILE), "
    "or a volume: `pvc_for_runnable` under `pipeline-executor.config`"
)


@dataclass(frozen=True, slots=True)
class PodStore:
    """A store, and how pods get at it.

    `settings` have no credentials: these are in the Secret `secret`, if one is named, else AWS's libraries find them in
    the pod. `claim` is the PersistentVolumeClaim that a folder is on. `folder`, `spill_above`: see `CatalogSettings`.
    """

    settings: StoreSettings
    folder: str = "."
    secret: str = ""
    claim: str = ""
    spill_above: int | None = None

    @property
    def variables(self) -> tuple[tuple[str, str], ...]:
        """The environment variables that say where it is."""
        folder = () if self.folder == "." else ((DATA_FOLDER_VARIABLE, self.folder),)
        spill = () if self.spill_above is None else ((SPILL_VARIABLE, str(self.spill_above)),)
        return ((STORE_VARIABLE, self.settings.encode()), *folder, *spill)


def pod_store(
    catalog: CatalogSettings, claim: str | None, file: str, key: str = "pipeline-executor.config.pvc_for_runnable"
) -> PodStore | None:
    """The store that a configuration has for pods: that of its `catalog`, or a folder on the volume `claim`.

    `key` is where `claim` stands in `file`.

    Raises ConfigurationError for one that pods cannot reach, or whose credentials would be in the manifest.
    """
    store = catalog.store
    bucket = store is not None and store.url.startswith(S3)
    if claim and (bucket or store is None):
        reason = "nothing would be kept there: the catalog is " + ("in a bucket" if bucket else "`do-nothing`")
        raise _invalid(file, key, reason)
    if claim:
        return PodStore(StoreSettings(f"{MOUNT}/catalog"), catalog.folder, claim=claim, spill_above=catalog.spill_above)
    if store is None or not bucket:
        return None
    check_bucket(store, catalog.secret, file, "catalog")
    without_keys = replace(store, key="", secret="")
    return PodStore(without_keys, catalog.folder, catalog.secret, spill_above=catalog.spill_above)


def check_bucket(store: StoreSettings, secret: str, file: str, section: str) -> None:
    """Raise ConfigurationError if pods cannot reach `store`, the bucket of a `section` of `file`, with the Secret."""
    if urlsplit(store.endpoint).hostname in _HERE:
        reason = f"{store.endpoint} is the pod itself when a pod asks for it: give the address that pods have it under"
        raise _invalid(file, f"{section}.config.endpoint_url", reason)
    if store.key and not secret:
        reason = "credentials are in no manifest: put them into a Secret, and name that with credentials_secret"
        raise _invalid(file, f"{section}.config.aws_access_key_id", reason)


def fitted(
    request: CompileRequest, store: PodStore | None, target: str = "the target argo", way_out: str = _WAY_OUT
) -> Program:
    """The program as it runs with `store` on `target`.

    Raises DefinitionError, with `way_out`, for one that needs a store and has none.
    """
    if store is not None:
        return request.program
    catalog = request.catalog
    program = without_files(request.program) if catalog.chosen and catalog.store is None else request.program
    needs = [
        StoreNeeded(span=task.span, step=task.name, what=what, target=target, way_out=way_out)
        for task, what in store_needs(joined_program(program), files=True)
    ]
    if needs:
        raise DefinitionError(needs)
    return program


def _invalid(file: str, key: str, reason: str) -> ConfigurationError:
    return ConfigurationError([ConfigurationInvalid(file=file, key=key, reason=reason)])
