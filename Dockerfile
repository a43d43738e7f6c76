# The image that tasks run in. It holds Python, this project's two packages and nothing that they do not need to start
# a task: your own image starts FROM it and adds your code and what that imports (see examples/Dockerfile).
#
#   docker build -t runnable:dev .
#   docker build -t runnable:dev --build-arg BASE_IMAGE=python:3.12-slim --build-arg EXTRAS="pydantic" .
#
# Any Debian-like base with Python 3.11 or later as `python` will do.
ARG BASE_IMAGE=python:3.11-slim
FROM ${BASE_IMAGE}

LABEL org.opencontainers.image.title="runnable" \
      org.opencontainers.image.description="Runs one task of a runnable pipeline" \
      org.opencontainers.image.licenses="Apache-2.0" \
      io.runnable.task-protocol="1"

# PYTHONPATH rather than an installation: no network is needed, and it is the same on a Python that Debian manages.
# HOME: the user of a pod may have no entry, and no folder, of its own. USER: for getpass, which would look for one.
# Code is compiled when the image is built, since a pod's file system is usually read-only.
ENV PYTHONPATH=/opt/runnable \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_BREAK_SYSTEM_PACKAGES=1 \
    PIP_ROOT_USER_ACTION=ignore \
    HOME=/tmp \
    USER=runnable

# Packages to add here rather than in an image of your own, for example "pydantic nbclient nbformat ipykernel".
ARG EXTRAS=""
ARG PIP_INDEX_URL
RUN if [ -n "${EXTRAS}" ]; then python -m pip install ${EXTRAS}; fi

COPY runtime_image/runnable_runtime /opt/runnable/runnable_runtime
COPY compiler/runnable /opt/runnable/runnable
COPY pyproject.toml /opt/runnable/
RUN python -m compileall -q --invalidation-mode unchecked-hash /opt/runnable \
 && python -m runnable_runtime.build.distribution /opt/runnable/pyproject.toml /opt/runnable

WORKDIR /app
# By number, so that Kubernetes can tell that it is not root. Any other number works as well.
USER 1000:1000
ENTRYPOINT ["python", "-m", "runnable_runtime"]
