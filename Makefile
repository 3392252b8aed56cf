# Everything one does here: `make run` to see it, `make test` to trust it. Needs Python 3.11 or newer and make, nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
JOBS ?= 2

EDITABLE := -e plugins/sdk -e api
EDITABLE_TEST := $(EDITABLE) -e plugins/testkit
PROJECTS := api/pyproject.toml plugins/sdk/pyproject.toml plugins/testkit/pyproject.toml
BOOKING := $(shell find ecosystem/booking/src ecosystem/booking/pyproject.toml -type f -not -name '*.pyc')

.DEFAULT_GOAL := help
.PHONY: help run test check fix gen docs fuzz prove conform bench wheels lock clean

help: ## say what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 18

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Serai needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Stamps: what is installed already is not looked at again, so that a second start needs no network.
$(VENV)/run.stamp: $(VENV)/pyvenv.cfg requirements/run.txt $(PROJECTS)
	$(PIP) install --quiet --require-hashes -r requirements/run.txt
	$(PIP) install --quiet --no-index --no-deps --no-build-isolation $(EDITABLE)
	@touch $@

$(VENV)/test.stamp: $(VENV)/run.stamp requirements/test.txt
	$(PIP) install --quiet --require-hashes -r requirements/test.txt
	$(PIP) install --quiet --no-index --no-deps --no-build-isolation $(EDITABLE_TEST)
	@touch $@

# Modules of the ecosystem are installed as a stranger's would be: from their built wheel.
$(VENV)/booking.stamp: $(VENV)/run.stamp $(BOOKING)
	@rm -rf build/booking
	$(PIP) wheel --quiet --no-index --no-deps --no-build-isolation --wheel-dir build/booking ecosystem/booking
	$(PIP) install --quiet --no-index --no-deps --force-reinstall build/booking/*.whl
	@touch $@

run: $(VENV)/run.stamp $(VENV)/booking.stamp ## start Serai on 127.0.0.1:8000 with demo data
	@exec $(BIN)/serai run

test: $(VENV)/test.stamp $(VENV)/booking.stamp ## run all tests
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m 'not slow and not fuzz and not conform' $(ARGS)

check: $(VENV)/test.stamp $(VENV)/booking.stamp ## format, lint, types, imports, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python .ci/generated.py --check

fix: $(VENV)/test.stamp ## format, and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

gen: $(VENV)/test.stamp $(VENV)/booking.stamp ## write generated files anew
	$(BIN)/python .ci/generated.py

docs: gen ## the reference is generated; the rest of docs/ is written by hand
	@echo "docs/ is up to date"

fuzz: $(VENV)/test.stamp $(VENV)/booking.stamp ## many random queries against the reference executor
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m fuzz $(ARGS)

prove: $(VENV)/test.stamp $(VENV)/booking.stamp ## what takes longer than `make test` allows: races, planted faults
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m slow $(ARGS)

conform: $(VENV)/test.stamp $(VENV)/booking.stamp ## what an outside specification asks
	@if command -v npm >/dev/null; then npm ci --silent --prefix tests/federation; \
		else echo "npm is not here: federation is not composed"; fi
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m conform $(ARGS)

bench: $(VENV)/test.stamp $(VENV)/booking.stamp ## measure Serai against hand-written SQL and its peers
	$(BIN)/python -m bench --page $(ARGS)

wheels: $(VENV)/run.stamp ## build every distribution into dist/
	@rm -rf dist
	$(PIP) wheel --quiet --no-index --no-deps --no-build-isolation --wheel-dir dist \
		./plugins/sdk ./api ./plugins/testkit ./ecosystem/booking

lock: $(VENV)/test.stamp ## write requirements/*.txt from the distributions' dependencies
	$(BIN)/python requirements/lock.py $(ARGS)

clean: ## remove what was built and installed, never data
	rm -rf $(VENV) build dist
