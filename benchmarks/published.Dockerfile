# What the published package's pods run in: it, and the examples of this repository. Build it in the repository's folder:
#   docker build -f benchmarks/published.Dockerfile -t runnable-published:0.50.0 .
ARG BASE_IMAGE=python:3.11-slim
FROM ${BASE_IMAGE}

ENV PIP_NO_CACHE_DIR=1 PIP_BREAK_SYSTEM_PACKAGES=1 PYTHONPATH=/app
RUN python -m pip install "runnable[notebook]==0.50.0"
WORKDIR /app
COPY benchmarks/published.yaml /app/published.yaml
COPY examples /app/examples
