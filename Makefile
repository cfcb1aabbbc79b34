# The project's commands. `make` alone lists them.

# Programs of ours and of others read these; nothing may report to anybody.
export PYTHONUTF8 := 1
export DO_NOT_TRACK := 1
export SCARF_ANALYTICS := false
export SCARF_NO_ANALYTICS := true
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false
export RUNTIME__DLTHUB_TELEMETRY := false
export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED := False
export AIRFLOW__COSMOS__ENABLE_TELEMETRY := False

# Parts run one after another, in the order written, also under `make -j`.
.NOTPARALLEL:

# Compiled once instead of at every start: without its cache, Airflow takes twice as long to import.
unexport PYTHONDONTWRITEBYTECODE

AGENCY ?= kotra
AS_OF ?= 2026-07-05
SIZE ?= 1
MINUTES ?= 60
BIN := .venv/bin

# The first Python 3.11 at hand; when there is none, any Python 3, which then says what is missing.
PYTHON ?= $(shell for python in $(BIN)/python python3.11 python3 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && echo $$python && exit; done; \
	command -v python3)

define install
	@test -n "$(PYTHON)" || { echo "✗ Python 3.11 is needed, and no Python was found. Install it, or: make PYTHON=/path/to/python3.11 …"; exit 1; }
	@$(PYTHON) requirements/install.py
endef

# $(call part,heading,command): runs one part of `make test`, says how long it took and, if it failed, which one it was.
define part
	@printf '\n━━ %s\n' '$(1)'; start=$$(date +%s); \
	if { $(2); }; then printf '✓ %s: %s s\n' '$(1)' $$(($$(date +%s) - start)); \
	else status=$$?; printf '\n✗ Failed: %s (after %s s). Again by itself: %s\n' '$(1)' $$(($$(date +%s) - start)) '$(3)'; exit $$status; fi
endef

.PHONY: help
help:
	@echo "make run [AGENCY=$(AGENCY)] [AS_OF=$(AS_OF)] [SIZE=$(SIZE)]   a demo agency, measured and reported, from nothing"
	@echo "make up / make down                  Airflow on the demo agency, with its pages and mails: start, stop"
	@echo "make test                            lint, then every test (test-fast, test-slow: a part of them)"
	@echo "make test-changed [SINCE=main]       the fast tests of what was changed since then: in seconds"
	@echo "make test-long                       every test, with more random histories and examples"
	@echo "make lint                            style, types and SQL only"
	@echo "make format                          put Python and SQL into the project's style"
	@echo "make bench [BENCH=--help]            time the engine, and write benchmarks/RESULTS.md"
	@echo "make docs                            the documentation: var/docs-site/index.html (docs-serve: while writing)"
	@echo "make look                            pictures of every page and report: var/look/index.html"
	@echo "make soak [MINUTES=$(MINUTES)]                 kill, fill, repeat and refuse, then count what was lost"
	@echo "make mutants [MODELS=\"run …\"]         change the models' SQL, one thing at a time: do the tests notice?"
	@echo "make pin-images                      look up the newest digest of each image of docker-compose.yml"
	@echo "make lock                            resolve requirements/*.txt anew from pyproject.toml"
	@echo "make clean                           remove var/ and all caches (clean-venv: .venv and .venv-docs too)"

.PHONY: run
run: install-run
	@exec $(BIN)/python -m charters.main_job --agency '$(AGENCY)' --as-of '$(AS_OF)' --size '$(SIZE)'

# Airflow in its parts on this machine, with PostgreSQL, a mail server and the pages. Both may be called again and again.
PORTS = --airflow-port '$(AIRFLOW_PORT)' --site-port '$(SITE_PORT)' --mail-port '$(MAIL_PORT)' --smtp-port '$(SMTP_PORT)'
AIRFLOW_PORT ?= 8080
SITE_PORT ?= 8088
MAIL_PORT ?= 8025
SMTP_PORT ?= 2525

.PHONY: up down
up: install-up
	@exec $(BIN)/python -m charters.live up --agency '$(AGENCY)' --as-of '$(AS_OF)' --size '$(SIZE)' $(PORTS)

down: install-up
	@exec $(BIN)/python -m charters.live down --agency '$(AGENCY)'

.PHONY: test
test: lint test-all
	@printf '\n✓ All parts passed.\n'

.PHONY: lint lint-python lint-rooms lint-types lint-sql
# Types and SQL take a core each, and nearly all of the time.
lint: install-test
	@$(MAKE) --no-print-directory lint-types & types=$$!; \
	$(MAKE) --no-print-directory lint-python lint-rooms lint-sql; others=$$?; \
	wait $$types && exit $$others

lint-python: install-test
	$(call part,Lint: Python,$(BIN)/ruff check --quiet && $(BIN)/ruff format --check,make lint-python (make format mends most))

lint-rooms: install-test
	$(call part,Lint: rooms,$(BIN)/lint-imports --no-cache --no-logo,make lint-rooms)

lint-types: install-test
	$(call part,Lint: types,$(BIN)/mypy,make lint-types)

lint-sql: install-test
	$(call part,Lint: SQL,$(BIN)/sqlfluff lint --disable-progress-bar dbt_project,make lint-sql)

# One run for all: what is imported and collected twice costs a minute, and short files fill both cores at the end.
PYTEST := $(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: test-all test-fast test-slow test-long test-changed
test-all: install-test
	$(call part,Tests,$(PYTEST),make test-all)

test-fast: install-test
	$(call part,Fast tests,$(PYTEST) -m "not slow",make test-fast)

# What was changed since this branch left main, or since SINCE=…
SINCE ?= main
test-changed: install-test
	@files=$$($(BIN)/python -m tests.changed '$(SINCE)') && test -n "$$files" || { echo "Nothing was changed since $(SINCE) that a test looks at."; exit 0; }; \
	exec $(PYTEST) -m "not slow" $$files

test-slow: install-test
	$(call part,Slow tests,$(PYTEST) -m slow,make test-slow)

test-long: install-test
	$(call part,Long tests,CHARTER_TESTS=long $(PYTEST),make test-long)

.PHONY: format
format: install-test
	@$(BIN)/ruff check --fix --quiet
	@$(BIN)/ruff format

.PHONY: bench
bench: install-test
	@exec $(BIN)/python -m benchmarks $(BENCH)

# Its tools have a virtual environment of their own. They ask nobody anything: fonts and scripts are local.
MKDOCS := NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs
.PHONY: docs docs-serve
docs: install-docs
	@$(MKDOCS) build --quiet --strict --clean
	@echo '✓ var/docs-site/index.html'

docs-serve: install-docs
	@exec $(MKDOCS) serve --strict

.PHONY: look
look: install-test
	@exec $(BIN)/python -m tests.tooling.look

.PHONY: soak
soak: install-test
	@exec $(BIN)/python -m benchmarks.soak --minutes '$(MINUTES)' $(SOAK)

.PHONY: mutants
mutants: install-test
	@exec $(BIN)/python -m tests.mutants $(MODELS)

.PHONY: lock
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11
lock: install-test
	$(COMPILE) requirements/bootstrap.in --output-file requirements/bootstrap.txt
	$(COMPILE) pyproject.toml --output-file requirements/run.txt
	$(COMPILE) pyproject.toml --extra test --constraints requirements/run.txt --output-file requirements/test.txt
	$(COMPILE) pyproject.toml --extra up --constraints requirements/run.txt --output-file requirements/up.txt
	$(COMPILE) pyproject.toml --extra production --constraints requirements/run.txt --output-file requirements/production.txt
	$(COMPILE) requirements/docs.in --output-file requirements/docs.txt

.PHONY: pin-images
pin-images:
	@sh deploy/pin-images.sh

.PHONY: install-run install-up install-test install-docs
install-up:
	$(install) up

install-run:
	$(install) run

install-test:
	$(install) test

install-docs:
	$(install) docs

.PHONY: clean clean-venv
clean:
	rm -rf var .mypy_cache .pytest_cache .ruff_cache .hypothesis dbt_project/target dbt_project/logs

clean-venv: clean
	rm -rf .venv .venv-docs
