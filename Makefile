# Everything from a fresh clone: the virtual environment, the pinned packages, then the verb.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
CONFIG ?= config.toml

# One more than there are cores: many tests wait for a child or a server.
WORKERS := $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))

.PHONY: run test lint demo bench soak lock clean

run: $(VENV)/.ready
	$(BIN)/listener --config $(CONFIG) run

demo: $(VENV)/.ready
	$(BIN)/listener demo

test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not soak"

soak: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -m soak

lint: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.ready-dev
	$(BIN)/python -m bench

lock: $(VENV)/bin/uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --group build pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --group build --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock

$(VENV)/bin/uv:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9

# `sync` takes away what is not in its file, so the file with the most packages goes last and stays.
$(VENV)/.ready: requirements.lock pyproject.toml | $(VENV)/bin/uv
	@if [ ! -e $(VENV)/.ready-dev ]; then $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock; fi
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.ready

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
