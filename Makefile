# `make help` lists what there is. Everything runs in .venv, which studio/runtime/bootstrap.py fills from the locks.
PYTHON ?= python3
BOOTSTRAP := $(PYTHON) studio/runtime/bootstrap.py
BIN := .venv/bin
# Test processes; browser tests and builds share the cores with the processes they test.
WORKERS ?= 2
ARGS ?=
# A test that fails is run once more: real processes share the cores. One that then passes is shown all the same.
SUITE = $(BIN)/python -m pytest -n $(WORKERS) --dist load --reruns 1 -raR --rerun-show-tracebacks $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help run install install-dev browser test test-postgres chaos gates lint format locks bench bench-operations bench-architect bench-chat bench-references bench-corpus clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install ## the whole Studio on this machine; ORCHARD_PORT and ORCHARD_HOME choose where
	@exec $(BIN)/python manage.py runstudio --stop-with-parent

test: install-dev browser gates ## quality gates, then the whole suite (ARGS="-k name" for a part of it)
	@$(SUITE)

test-postgres: install-dev browser ## the suite on PostgreSQL and Redis, started for it (TEST_DATABASE_URL, TEST_REDIS_URL: yours)
	@$(BIN)/python -m tests.servers $(SUITE)

chaos: install-dev ## strike a running Studio where it hurts, a quarter of an hour (ARGS="-k redis" for a part of it)
	@$(BIN)/python -m pytest tests/chaos -o python_files='drill_*.py' -o timeout=1200 -n 0 -p no:randomly -v $(ARGS)

gates: install-dev ## formatting, lint, types, layers, templates, migrations
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 --check {} +
	@DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run

lint: gates ## the same, by its other name

format: install-dev ## format code and templates
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .
	@find templates -name '*.html' -exec $(BIN)/djade --target-version 5.2 {} + || true

COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --custom-compile-command "make locks"
APP := operations/generator/components/service

locks: install-dev ## compile all locks anew, the apps' too (ARGS="-U" takes newer versions)
	@$(COMPILE) $(ARGS) pyproject.toml -o requirements.lock
	@$(COMPILE) $(ARGS) -c requirements.lock pyproject.toml --group dev -o requirements-dev.lock
	@$(COMPILE) $(ARGS) --no-annotate --no-header --python-version 3.11 $(APP)/files/requirements.txt -o $(APP)/requirements.lock

bench: install-dev ## measure the promises that have numbers
	@$(BIN)/python -m tests.benchmarks $(ARGS)

bench-operations: install-dev ## measure engine, queues and streams, into test-results/ (ARGS="--only dispatch --quick")
	@$(BIN)/python -m tests.benchmarks.operations $(ARGS)

bench-architect: install-dev ## what the offline Architect understands (CORPUS=path adds requests, ARGS=--misses)
	@$(BIN)/python -m tests.benchmarks.architect $(if $(CORPUS),--corpus $(CORPUS)) $(ARGS)

bench-chat: install-dev ## what the Studio adds to a call of Claude, into test-results/ (ARGS="--turns 20")
	@$(BIN)/python -m tests.benchmarks.chat $(ARGS)

bench-references: install-dev ## looking at pages: warm against cold, memory, what is found (ARGS="--captures 60")
	@$(BIN)/python -m tests.benchmarks.references $(ARGS)

bench-corpus: install-dev browser ## build and use apps from real requests (CORPUS=path, ARGS="--only 40 --keep folder")
	@$(BIN)/python -m tests.benchmarks.corpus --corpus $(CORPUS) $(ARGS)

clean: ## remove what tools leave behind; state in ORCHARD_HOME stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

install:
	@$(BOOTSTRAP)

install-dev:
	@$(BOOTSTRAP) --dev

browser: install-dev
	@$(BIN)/python -m tests.machine
