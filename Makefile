# gen4d: `make demo` and `make test` need nothing but Python 3.11 or newer; each makes the environment on its first call.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: help venv demo test test-all lint check format clean

help:
	@echo "make demo      install, make a paper plane, print where it is"
	@echo "make test      install, run the fast tests"
	@echo "make lint      format, lint and types"
	@echo "make check     lint and the fast tests"
	@echo "make test-all  every test that needs no accelerator"
	@echo "make clean     remove the environment, caches and results"

venv: $(INSTALLED)

# The stamp is younger than what it depends on, so a second call does nothing.
$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@

demo: $(INSTALLED)
	$(BIN)/gen4d text-to-3d "a paper plane"

test: $(INSTALLED)
	$(BIN)/python -m pytest

test-all: $(INSTALLED)
	$(BIN)/python -m pytest -m "not gpu and not hub"

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright

check: lint test

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis out
