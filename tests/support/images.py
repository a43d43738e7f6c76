"""Images for tests that need a Docker engine, built from the code as it is now and without a network."""

import hashlib
import subprocess
import tempfile

from tests.support.paths import ROOT

EXAMPLES_IMAGE = "runnable-examples:dev"
"""What `make image` builds; it has the packages that the examples import."""
_OVER_EXAMPLES = f"""
FROM {EXAMPLES_IMAGE}
USER root
COPY runtime_image/runnable_runtime /opt/runnable/runnable_runtime
COPY compiler/runnable /opt/runnable/runnable
RUN python -m compileall -q -f --invalidation-mode unchecked-hash /opt/runnable
COPY examples /app/examples
USER 1000:1000
"""


def docker(*arguments, check=True, **options):
    return subprocess.run(["docker", *arguments], check=check, capture_output=True, text=True, **options)


def image_id(reference: str) -> str:
    """The id of an image that the engine has, else an empty text."""
    return docker("image", "inspect", "--format", "{{.Id}}", reference, check=False).stdout.strip()


def runtime_image() -> str:
    """The runtime image."""
    tag = f"runnable-test:{_content('Dockerfile', 'runtime_image', 'compiler')}"
    if not image_id(tag):
        docker("build", "--network", "none", "-t", tag, str(ROOT))
    return tag


def examples_image() -> str | None:
    """The examples' image with the code as it is now; None where `make image` has not been run."""
    base = image_id(EXAMPLES_IMAGE)
    if not base:
        return None
    tag = f"runnable-test-examples:{_content('runtime_image', 'compiler', 'examples', salt=base)}"
    if not image_id(tag):
        with tempfile.NamedTemporaryFile("w", suffix=".dockerfile") as file:
            file.write(_OVER_EXAMPLES)
            file.flush()
            docker("build", "--network", "none", "-t", tag, "-f", file.name, str(ROOT))
    return tag


def _content(*names: str, salt: str = "") -> str:
    """A text that changes with the files below `names`."""
    digest = hashlib.sha256(salt.encode())
    for name in names:
        path = ROOT / name
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
        for file in files:
            if "__pycache__" not in file.parts and ".run_log_store" not in file.parts:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]
