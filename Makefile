# calbridge from a checkout. Everything goes into .venv; once that is there, no target needs a network.
#
#   make demo      the whole thing on this machine: a calendar server, the sandbox, a sync
#   make test      the tests                       make lint     ruff, mypy and import-linter
#   make api-table  the platform's endpoints and fields: documented, declared, exercised over HTTP by the tests
#   make kill-matrix  `sync` killed at each of its I/O boundaries: five minutes; POINTS=20: at 20 of each operation
#   make simulate SEEDS=1000   seeded histories among faults   make ablations   the same, without one rule at a time
#   make fuzz      10,000 damaged calendar objects and 4,000 damaged answers, with a table: two minutes
#   make deb       a Debian package in dist/, for this machine's architecture and Debian's own Python
#   make install   the virtual environment         make clean    removes it, and what the tools leave

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore

.DEFAULT_GOAL := help
.PHONY: help install demo test fuzz kill-matrix simulate ablations lint deb clean

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

install: $(STAMP)

# An environment that is there is brought up to date; one whose Python is gone or was never finished is made anew.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "calbridge needs Python 3.11 or later, and $(PYTHON) is $$($(PYTHON) --version 2>&1 || true)." >&2; \
	  echo "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP)
	$(BIN)/calbridge demo --once

test: $(STAMP)
	$(BIN)/python -m pytest -m 'not servers'

api-table: $(STAMP)
	@noted=$$(mktemp -d) && trap 'rm -rf "$$noted"' EXIT && \
	CALBRIDGE_EXERCISED=$$noted/exercised.json $(BIN)/python -m pytest tests/sandbox tests/enterprise && \
	PYTHONPATH=.:tests $(BIN)/python -m support.api_table $$noted/exercised.json

kill-matrix: $(STAMP)
	PYTHONPATH=.:tests $(BIN)/python -m kill $(if $(POINTS),--points $(POINTS))
	CALBRIDGE_LONG=1 $(BIN)/python -m pytest -m long tests/kill

SEEDS ?= 1000
simulate: $(STAMP)
	PYTHONPATH=.:tests $(BIN)/python -m simulation --seeds $(SEEDS)

ablations: $(STAMP)
	PYTHONPATH=.:tests $(BIN)/python -m simulation.ablations

fuzz: $(STAMP)
	cd tests && PYTHONPATH=..:. ../$(BIN)/python -m fuzz

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

deb: $(STAMP)
	packaging/build-deb.sh

clean:
	rm -rf $(VENV) .hypothesis .mypy_cache .ruff_cache .import_linter_cache dist
	find calbridge tests migrations benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
