# People type `make demo`, `make test`, `make lint`. Every target makes what it needs; all of it is kept between runs.

PYTHON ?= python3
VENV := .venv/bin
PYTEST_FLAGS ?=

.PHONY: help demo test test-limits lint docs format setup clean distclean

help:
	@echo 'make demo     pull a real image from a real registry on this machine and look at the result'
	@echo 'make test     install what the tests need and run them (PYTEST_FLAGS="tests/sif -x" for a part)'
	@echo 'make test-limits   pull under many limits of memory, files, threads and processes (some minutes)'
	@echo 'make lint     ruff, mypy, the import rules, the generated documentation'
	@echo 'make format   let ruff write the code the way `make lint` wants it'
	@echo 'make docs     build the documentation into site/'
	@echo 'make clean    remove what the builds made; `make distclean` removes .venv and .cache too'

demo:
	$(PYTHON) -m tools.setup demo
	$(VENV)/python -m tools.demo

test:
	$(PYTHON) -m tools.setup test
	$(VENV)/python -m pytest $(PYTEST_FLAGS)

test-limits:
	$(PYTHON) -m tools.setup test
	SREGISTRY_TEST_LIMITS=long $(VENV)/python -m pytest $(PYTEST_FLAGS) tests/interop/test_limits.py

lint:
	$(PYTHON) -m tools.setup venv
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/mypy -p tools -p benchmarks -p tests.support -p tests.docs
	$(VENV)/lint-imports
	if [ -f tools/generate_docs.py ]; then $(VENV)/python tools/generate_docs.py --check; fi

format:
	$(PYTHON) -m tools.setup venv
	$(VENV)/ruff check --fix .
	$(VENV)/ruff format .

docs:
	$(PYTHON) -m tools.setup docs
	$(VENV)/python -m sphinx -W --keep-going docs site

setup:
	$(PYTHON) -m tools.setup test

clean:
	rm -rf build dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.venv/*' -not -path './.cache/*' -prune -exec rm -rf {} +

distclean: clean
	rm -rf .venv .cache
