# Every target makes what it needs: a virtual environment in .venv, and in it the packages.
# Wanted on the machine: make, and Python 3.11 or newer (`make PYTHON=python3.12 test` picks one).

VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
WORKERS ?= 2
# Neighbours share what is compiled and trained, so each worker takes a run of them.
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -q

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-all times coverage lint types native bench fuzz docs pages clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.with-data ## train on Shakespeare's plays for two minutes, then read what it writes
	@set -e; n=1; while [ -e runs/demo-$$n ]; do n=$$((n + 1)); done; run=runs/demo-$$n; \
	$(BIN)/reverie train characters --minutes 2 --out $$run; \
	printf '\n--- the model of these two minutes ---\n\n'; \
	$(BIN)/reverie sample $$run/model.reverie --length 600; \
	printf '\n\n--- the model that ships with Reverie ---\n\n'; \
	$(BIN)/reverie sample --length 600; \
	printf '\n\n--- try next ---\n\n'; \
	printf '  $(BIN)/reverie %s\n' \
	  "sample $$run/model.reverie --prime 'ROMEO:' --temperature 0.7" \
	  'data check A-TEXT-OF-YOURS.txt' \
	  'train characters --data A-TEXT-OF-YOURS.txt --minutes 10' \
	  '--help'

test: $(VENV)/.with-test ## run the tests that take seconds
	@$(PYTEST)

test-all: $(VENV)/.with-test ## run all tests, the slow ones as well
	@$(PYTEST) -m 'slow or not slow'

times: $(VENV)/.with-test ## run the tests and print where their time goes, by file
	@PYTHONPATH=tests $(PYTEST) -p times

coverage: $(VENV)/.with-test ## run the tests and say which lines and branches they leave out
	@$(PYTEST) --cov --cov-report=term

lint: $(VENV)/.with-dev ## look for mistakes of form
	@$(BIN)/ruff check .

types: $(VENV)/.with-dev ## check the types
	@$(BIN)/mypy

bench: $(VENV)/.with-bench ## measure Reverie beside what one would use instead
	@set -e; for program in generation training products handwriting translation_speed processes \
	  start growth instructions; do \
	  printf '\n--- %s\n' $$program; $(BIN)/python benchmarks/$$program.py; done

native: $(VENV)/.with-test ## compile and install the product in native/, which wants a C++ compiler
ifdef UV
	@$(UV) pip install --quiet --python $(BIN)/python ./native
else
	@$(BIN)/python -m pip install -qq --disable-pip-version-check ./native
endif

docs: $(VENV)/.with-docs ## build the documentation, every warning an error
	@$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet docs docs/_build/html
	@echo 'docs/_build/html/index.html'

fuzz: $(VENV)/.with-test ## read thousands of malformed files of every kind: a few minutes
	@$(BIN)/python tests/fuzz.py

pages: $(VENV)/.with-test ## run the code of README.md and docs/ that takes long
	@XLA_FLAGS= JAX_DISABLE_MOST_OPTIMIZATIONS=0 $(PYTEST) -m slow tests/test_docs.py

clean: ## remove all that these targets made, but for runs
	rm -rf $(VENV) .cache build dist native/build docs/_build docs/api .mypy_cache .pytest_cache .ruff_cache
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# One stamp for each extra of pyproject.toml that a target needs.
$(VENV)/.with-%: pyproject.toml | $(BIN)/python
	@echo 'installing reverie[$*] into $(VENV)'
ifdef UV
	@$(UV) pip install --quiet --python $(BIN)/python --editable '.[$*]'
else
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[$*]'
endif
	@touch $@

$(BIN)/python:
	@test -n '$(PYTHON)' || { echo 'make: Reverie needs Python 3.11 or newer: install it, or name it with PYTHON=' >&2; exit 1; }
ifdef UV
	@$(UV) venv --quiet --python '$(PYTHON)' $(VENV)
else
	@$(PYTHON) -m venv $(VENV)
endif
