# Everything a developer does here; `make help` lists it. CI runs `make example check test`, then the tiers it can.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
IMAGE  ?= runnable:dev
EXAMPLES_IMAGE ?= runnable-examples:dev
BUILD_FLAGS ?=

.PHONY: help example setup check format lint types layers generated docs test test-quick test-install test-newest test-pythons test-browser test-docker test-s3 test-crash test-cluster fuzz golden lock image kind-up kind-down bench ratios check-ratios clean

help:                ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):[^#]*## */  \1\t/' | expand -t 18

example: $(VENV)/.runs   ## install what running needs, and run the parallel example on this machine
	$(BIN)/python examples/06-parallel/parallel.py

setup: $(VENV)/.develops   ## install what developing needs

# What is installed is the locks', each with its hash, in an environment of `python -m venv` or of uv, which has no pip. `uv sync`
# and `uv run` install what they resolve themselves; the folder of the packages shows it, and the next `make` puts the locks' back.
# Ours come after what they need: an editable package has no hash, and hatchling, which builds it, is among what is locked.
# A lock is complete (`make lock`), so that pip has nothing to resolve.
PIP      := $(BIN)/python -m pip
LOCKED   := $(PIP) install --quiet --no-deps --require-hashes -r locks/
OURS     := $(PIP) install --quiet --no-deps --no-build-isolation --editable . --editable tests/support/checkout
PACKAGES := $(wildcard $(VENV)/lib/python*/site-packages)

define environment
test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
$(PIP) --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip --upgrade >/dev/null
$(PIP) uninstall --quiet --yes runnable 2>/dev/null  # this project's name before docs/adr/0012
$(LOCKED)run.txt
endef

$(VENV)/.runs: pyproject.toml locks/run.txt runtime_image/runnable_runtime/__init__.py
	$(environment)
	$(OURS)
	touch $@

$(VENV)/.develops: $(VENV)/.runs locks/dev.txt $(PACKAGES)
	$(environment)
	$(LOCKED)dev.txt
	$(OURS)
	touch $@

$(VENV)/.browses: $(VENV)/.develops locks/browser.txt
	$(LOCKED)browser.txt
	touch $@

$(VENV)/.documents: $(VENV)/.develops locks/site.txt
	$(LOCKED)site.txt
	touch $@

check: lint types layers generated   ## everything but the tests

format: setup        ## format the code, and mend what ruff can mend by itself
	$(BIN)/ruff check --fix --exit-zero --quiet .
	$(BIN)/ruff format .

lint: setup          ## formatting and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: setup         ## mypy, strict
	$(BIN)/mypy

layers: setup        ## imports only point down
	$(BIN)/lint-imports

generated: setup     ## generated pages are up to date
	$(BIN)/python -m tests.support.generated --check

docs: $(VENV)/.documents   ## the documentation as a site, in out/site: open out/site/index.html
	$(BIN)/sphinx-build -q -W --keep-going -j auto -c docs/site . out/site

test: setup          ## the default tests: no services needed
	$(BIN)/pytest -n auto --durations 25

test-quick: setup    ## the default tests but those that take seconds
	$(BIN)/pytest -n auto -m "not slow and not docker and not cluster and not s3 and not crash and not install and not browser"

# The files that have tests of a tier: collecting all tests for it takes each process some seconds.
marked = $(sort $(shell grep -rlE --include='test_*.py' 'mark\.$(1)\b' tests))

test-install: setup  ## what people install: the wheel, with every extra, by pip and uv; needs a package index
	$(BIN)/pytest -m install $(call marked,install) -n 2 $(PYTEST_FLAGS)

test-newest: setup   ## the default tests with the newest versions of everything, not the lock's
	$(BIN)/python -m tests.support.environments newest $(PYTEST_FLAGS)

test-pythons: setup  ## the default tests on every Python from 3.11 to 3.14 that this machine has
	$(BIN)/python -m tests.support.environments pythons $(PYTEST_FLAGS)

test-browser: $(VENV)/.browses $(VENV)/.documents   ## tests of what people open in a browser, if Chromium is installed
	$(BIN)/pytest -m browser $(call marked,browser) $(PYTEST_FLAGS)

test-docker: setup   ## tests that need a Docker engine
	$(BIN)/pytest -m docker $(call marked,docker) -n 2 --dist loadfile $(PYTEST_FLAGS)

test-s3: setup       ## tests that need an S3 server (AWS_ENDPOINT_URL and credentials)
	$(BIN)/pytest -m "s3 and not crash" $(call marked,s3) $(PYTEST_FLAGS)

test-crash: setup    ## hundreds of kills, and many writers for a minute (10 minutes or so)
	$(BIN)/pytest -m crash $(call marked,crash)

fuzz: setup          ## fuzz records, configuration, parameters, notebooks and manifests (SECONDS=60, SEED=)
	-$(BIN)/python -m pip install --quiet atheris
	$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60) $(if $(SEED),--seed $(SEED))

test-cluster: setup  ## tests that need a Kubernetes API server (KUBECONFIG)
	$(BIN)/pytest -m cluster $(call marked,cluster) -n 8 --dist worksteal $(PYTEST_FLAGS)

golden: setup        ## rewrite golden files and generated pages from what the code says now
	$(BIN)/pytest --update-golden -q
	$(BIN)/python -m tests.support.generated

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url

lock: setup          ## renew the locks: versions that fit together, then what each environment has of them
	$(LOCK) --upgrade pyproject.toml --all-extras $(addprefix --group ,dev browser site bench build) --output-file $(VENV)/all.txt
	$(call locked,run,pyproject.toml --extra notebook --group build)
	$(call locked,dev,--group dev)
	$(call locked,browser,--group browser)
	$(call locked,site,--group site)
	$(call locked,bench,--group bench)

locked = $(LOCK) --generate-hashes --constraint $(VENV)/all.txt $(2) --output-file locks/$(1).txt

image:               ## build the runtime image and the examples' image
	docker build $(BUILD_FLAGS) -t $(IMAGE) .
	docker build $(BUILD_FLAGS) --build-arg BASE=$(IMAGE) -t $(EXAMPLES_IMAGE) -f examples/Dockerfile .

kind-up: $(VENV)/.runs   ## a kind cluster with Argo Workflows and the chart, and an example on it (docs/kind.md)
	PATH="$(abspath $(BIN)):$$PATH" ./kind-up.sh

kind-down:           ## remove that cluster, and the registry beside it
	kind delete cluster --name runnable
	docker rm -f runnable-registry

bench: setup         ## figures, side by side with the peers
	$(BIN)/python -m benchmarks

ratios: setup        ## measure ratios to peers, and keep them with the commit (docs/benchmarks.md)
	$(LOCKED)bench.txt
	$(BIN)/python -m benchmarks.ratios --keep

check-ratios: setup  ## the quick ratios: fails if one has become a quarter worse than what was kept
	$(BIN)/python -m benchmarks.ratios --check

clean:               ## remove what was installed and recorded
	rm -rf $(VENV) .run_log_store .catalog
