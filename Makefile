# Every habit of this project; `make help` lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUNTIME := $(VENV)/.runtime
STAMP  := $(VENV)/.installed
ONCE   ?=
ARGS   ?=
SERVICES_ACTION := $(filter up down status,$(MAKECMDGOALS))

.DEFAULT_GOAL := help
.PHONY: help install screenshots demo run test services up down status lint fmt bench evidence docs locks clean

help: ## List what make can do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(RUNTIME): requirements/runtime.txt requirements/build.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V). Set PYTHON=..."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
	  -r requirements/runtime.txt -r requirements/build.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(STAMP): requirements/dev.txt $(RUNTIME)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

install: $(STAMP) ## Install everything into .venv

demo: $(RUNTIME) ## A simulated day through the whole pipeline (ONCE=1 ends after the table)
	$(BIN)/opinion-monitor demo $(if $(ONCE),--once) $(ARGS)

run: $(RUNTIME) ## Take in files: make run ARGS="FILE... --data DIR"
	$(BIN)/opinion-monitor run $(ARGS)

test: $(STAMP) ## All tests
	$(BIN)/python -m pytest -n 3 --dist loadgroup $(ARGS)

services: $(STAMP) ## A real Kafka and Elasticsearch for development: make services up, down or status
	$(BIN)/python -m tests.testkit.services $(or $(SERVICES_ACTION),status)

up down status: services
	@:

lint: $(STAMP) ## Format, rules, types, import contracts, links, rules of Prometheus
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.checks.generated
	$(BIN)/python -m tests.checks.links
	$(BIN)/python -m tests.checks.prometheus
	$(BIN)/python -m tests.checks.catalogues

fmt: $(STAMP) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) ## Speed of the parts and of the whole, with the figures the README quotes
	$(BIN)/python -m benchmarks $(ARGS)
	$(BIN)/python -m benchmarks.cluster
	$(BIN)/python -m benchmarks.console

evidence: $(STAMP) ## The long suites; writes docs/evidence/
	$(BIN)/python -m benchmarks.evidence

docs: $(STAMP) ## Write the documents that are made from the code
	$(BIN)/python -m tests.checks.generated --write

screenshots: $(STAMP) ## Make the pictures of the documents from the running program
	$(BIN)/python -m tests.checks.screenshots

locks: $(STAMP) ## Resolve the hashed requirement locks anew
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url \
	  --no-emit-find-links --no-header --output-file requirements/runtime.txt pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url \
	  --no-emit-find-links --no-header --extra dev --extra train --output-file requirements/dev.txt pyproject.toml
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --allow-unsafe --no-emit-index-url \
	  --no-emit-find-links --no-header --no-annotate --only-build-deps --all-build-deps \
	  --constraint requirements/runtime.txt --output-file requirements/build.txt pyproject.toml

clean: ## Remove the environment and the demo's data
	rm -rf $(VENV) demo-data .pytest_cache .mypy_cache .ruff_cache
