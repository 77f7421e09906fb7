# make campaign   from a formula to a finished campaign, and its report
# make test       the whole test suite
# make docs       the documentation site, in site/
# make benchmarks every benchmark, and benchmarks/index.md (hours; it goes on where it stands)
TARGET ?= BaTiO3
ARGS ?=
PYTHON ?= python3
READY := .venv/.ready

.PHONY: campaign test lint docs benchmarks setup clean
.DEFAULT_GOAL := campaign

campaign: $(READY)
	@.venv/bin/athanor run 'target=$(TARGET)' $(ARGS)

test: $(READY)
	PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest -n 2 --dist worksteal

lint: $(READY)
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

docs: $(READY)
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict --quiet
	@echo "The site: site/index.html, or with search: python3 -m http.server -d site"

benchmarks: $(READY)
	@.venv/bin/python -m experiments.benchmarks $(ARGS)

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@echo "Setting up .venv (a few minutes, once) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Athanor needs Python 3.11 or later: make PYTHON=python3.11 ...")'
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
