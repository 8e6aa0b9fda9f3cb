# Everything happens in build/, with an environment of its own. `make` alone lists what there is.

VENV := build/venv
PYTHON := $(VENV)/bin/python
PIP := $(PYTHON) -m pip --disable-pip-version-check --quiet
# Real servers mostly wait: three workers keep two cores busy.
PYTEST := $(PYTHON) -m pytest --numprocesses 3 --dist loadgroup
SOURCES := $(shell find src man completions -type f -not -name '*.pyc')

.PHONY: help
help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

.PHONY: demo
demo: $(VENV)/installed  ## show in a minute what mailgate does with real messages
	@$(PYTHON) examples/demo/run.py

.PHONY: test
test: lint servers  ## run all checks and tests; as root with real mail servers
	$(PYTEST)

.PHONY: lint
lint: $(VENV)/installed  ## check style and types
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy

.PHONY: torture
torture: $(VENV)/installed servers  ## run the fault tests in full size
	PYTHONPATH=tests $(PYTHON) -m faults.torture

.PHONY: bench
bench: $(VENV)/installed servers  ## measure what is promised about speed
	sh benchmarks/install-peers
	@status=0; for part in deliver fetch; do \
		PYTHONPATH=tests $(PYTHON) -m benchmarks.$$part || status=1; done; exit $$status

.PHONY: score
score: $(VENV)/installed  ## measure how well reports of mail systems are read
	PYTHONPATH=tests $(PYTHON) -m benchmarks.score

.PHONY: servers
servers:
	@if [ "$$(id -u)" = 0 ]; then sh tests/system/install-servers; fi

.PHONY: clean
clean:  ## remove what the other targets have made
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# setuptools goes because its start-up file is read at each start of the interpreter, and start-up
# is what delivering costs.
$(VENV)/tools: pyproject.toml
	python3 -m venv $(VENV)
	$(PIP) install --upgrade pip
	$(PIP) uninstall --yes setuptools
	$(PIP) install '.[test]'
	@touch $@

# The package as pip installs it, not editable: tests and measurements see what users get.
$(VENV)/installed: $(VENV)/tools $(SOURCES)
	$(PIP) install --no-deps --force-reinstall .
	@touch $@
