# Everything a developer does. Each target sets up what it needs (in .venv, once) on a fresh machine with Python and make.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3 python3.13 python3.12 python3.11
TYPESCRIPT := 7.0.2
# PyPI's torch for Linux brings gigabytes of CUDA, so the CPU build is the default; `TORCH_INDEX=` takes PyPI's.
ifeq ($(shell uname -s),Linux)
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
endif
PIP := $(BIN)/python -m pip
# Build requirements are pinned as well: older versions of pip read the first variable for them, newer ones the second.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help serve test soak lint ruff mypy hadolint tsc format bench pictures screenshot gallery reference wheel clean browser

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo '  Arguments go through ARGS:  make serve ARGS="--port 9000"   make test ARGS="-k frames"'
	@echo '  With CUDA on Linux:         make clean && make serve TORCH_INDEX='

serve: $(VENV)/.runtime ## Start the dashboard and print its address
	@$(BIN)/emergescope serve $(ARGS)

# They start hundreds of processes that import the same modules: bytecode is kept, even where the environment says not to.
test: export PYTHONDONTWRITEBYTECODE :=
test: browser ## Run the tests; CI=true runs those that take long as well
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder -m 'not soak$(if $(CI),, and not slow)' $(ARGS)

soak: $(VENV)/.dev ## Kill, cut, crowd and confuse the server for half an hour, and train on more seeds (its short form is in the tests)
	$(BIN)/python -m pytest -n auto -m soak
	$(BIN)/python -m tests.soak.kills --kills 100 --seconds 900
	$(BIN)/python -m tests.soak.power_cut --copies 50
	$(BIN)/python -m tests.soak.readers --seconds 60
	$(BIN)/python -m tests.soak.readers --seconds 60 --postgres
	$(BIN)/python -m tests.soak.malformed --cases 10000
	$(BIN)/python -m tests.soak.extremes --cases 300
	$(BIN)/python -m tests.soak.openapi --cases 2000
	$(BIN)/python -m benchmarks.viewers

lint: ruff mypy hadolint tsc ## Check style and types; tsc needs Node.js

ruff mypy hadolint: $(VENV)/.dev
ruff:
	$(BIN)/ruff check
	$(BIN)/ruff format --check
mypy:
	$(BIN)/mypy
hadolint:
	$(BIN)/hadolint Dockerfile
tsc:
	@if command -v npx >/dev/null; then set -x; npx -y -p typescript@$(TYPESCRIPT) tsc -p frontend/jsconfig.json; \
	elif [ -n "$$CI" ]; then echo 'tsc: npx is missing; the JavaScript type check needs Node.js' >&2; exit 1; \
	else echo 'SKIPPED the JavaScript type check: it needs Node.js (npx)'; fi

format: $(VENV)/.dev ## Put the Python code into shape
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: $(VENV)/.dev ## Measure a training run against a plain PyTorch script, and what recording costs a loop
	@$(BIN)/python -m benchmarks $(ARGS)
	@$(BIN)/python -m benchmarks.recorder

pictures: $(VENV)/.runtime ## Draw the gallery's pictures from real runs
	$(BIN)/python scripts/make_pictures.py $(ARGS)

screenshot: browser ## Take the README's pictures of the real page
	$(BIN)/python -m scripts.make_screenshots $(ARGS)

gallery: $(VENV)/.runtime ## Run all figures, and write what they gave into docs/gallery.md
	$(BIN)/emergescope reproduce --all --markdown $(ARGS) > docs/gallery.md

reference: $(VENV)/.runtime ## Write docs/reference.md, the Python interface, of docstrings
	$(BIN)/python scripts/make_reference.py

wheel: $(VENV)/.dev ## Build the wheel into dist/
	$(BIN)/hatchling build -t wheel

clean: ## Remove .venv, caches and builds; recorded runs (data/) stay
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find backend tests scripts benchmarks -name __pycache__ -prune -exec rm -rf {} +

browser: $(VENV)/.dev
	@$(BIN)/python -m tests.browser.ensure

# pip last: an environment without it is one that could not be finished.
$(BIN)/pip:
	@for python in $(PYTHON); do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Setting up $(VENV) with $$($$python --version)"; exec $$python -m venv --clear $(VENV); \
		fi; \
	done; \
	echo 'Emergescope needs Python 3.11 or later; none found as: $(PYTHON). Name yours: make PYTHON=/path/to/python3' >&2; \
	exit 1

# torch alone asks its own index, once: where that cannot be reached, pip goes on with the indexes it always uses.
$(VENV)/.runtime: pyproject.toml constraints.txt | $(BIN)/pip
	$(PIP) install --no-deps torch \
		$(if $(TORCH_INDEX),--retries 1 --timeout 15 --extra-index-url $(TORCH_INDEX))
	$(PIP) install -q -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	$(PIP) install -q -e '.[dev]'
	@touch $@
