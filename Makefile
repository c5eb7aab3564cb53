# make run: install, then the main job on the recorded seeds. make test: the whole test suite, offline.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIN := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-annotate --no-header --quiet
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run install test lint check generate constraints mutants bench peers clean

run: install  ## five seed pages, from recorded exchanges: no key, no network
	@$(BIN)/summariser run 'seeds/*.txt' --replay || [ $$? -eq 1 ]

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	@echo "Installing into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r constraints.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

test: install  ## sockets blocked, loopback aside
	@$(BIN)/python -m pytest -q -n auto --dist worksteal

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

check: install  ## the stored records against their pages
	@$(BIN)/summariser check summaries

generate: install  ## schemas, prompt lock (new prompts only), field guide
	@$(BIN)/python scripts/generate.py

constraints: ## pin the newest versions of everything
	@$(PIN) --extra dev --extra export --extra scan --extra dask --output-file constraints.txt
	@$(PIN) --extra mutation --constraint constraints.txt --output-file constraints-mutation.txt

mutants: install  ## change the core in thousands of small ways and count what no test notices: hours
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r constraints-mutation.txt
	@$(BIN)/mutmut run $(ONLY)
	@$(BIN)/mutmut results

bench: install
	@$(BIN)/python benchmarks/run_all.py

peers:  ## langextract, instructor, rapidfuzz and the bare openai client beside us, in an environment of their own
	@$(PYTHON) benchmarks/peers/run.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
