# Two commands for a newcomer: `make demo` and `make test`. Both make .venv with pip alone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export OMP_NUM_THREADS ?= 1
export TOKENIZERS_PARALLELISM ?= false

.PHONY: demo test check slow bench docs chromium clean

demo: $(VENV)/.local
	$(BIN)/tawazun demo --out demo-run

test: $(VENV)/.dev chromium
	$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(VENV)/.dev
	$(BIN)/ruff format --check src tests
	$(BIN)/ruff check src tests
	$(BIN)/mypy

slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow -s

bench: $(VENV)/.dev
	$(BIN)/python benchmarks/overhead.py

docs: $(VENV)/.docs
	$(BIN)/mkdocs build --strict --quiet
	@echo "docs: site/index.html"

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.local: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -e '.[local]'
	touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	touch $@ $(VENV)/.local

$(VENV)/.docs: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet -e '.[docs]'
	touch $@

chromium: $(VENV)/.dev
	@$(BIN)/python tests/get_chromium.py

clean:
	rm -rf $(VENV) demo-run build dist site
