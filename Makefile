# Two commands for people: `make run` and `make test`. The rest is for those who change the hub.
PYTHON ?= python3
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin
UV_COMPILE := compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q

.PHONY: run test test-peers bench soak hunt check format build lock clean
.DELETE_ON_ERROR:

run: $(VENV)/.run ## Start the whole hub on this machine: make run PORT=9000 moves it
	@$(BIN)/hilo run --port $(PORT) --config config/demo.yaml

test: check ## Every gate and test that needs no root and no other server
	@$(BIN)/pytest -n 2 --dist loadfile -m "not peers and not slow"

check: $(VENV)/.dev ## The fast gates
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/deptry . --no-ansi

test-peers: $(VENV)/.dev ## The rest: real servers, Chromium, sam build, long runs. Installs what it needs
	@tests/peers/install
	@$(BIN)/pytest -n 2 --dist loadfile -m "peers or slow or java"

bench: $(VENV)/.dev ## Time and money: what a message costs, on this machine (docs/performance.md)
	@$(BIN)/python -m bench

soak: $(VENV)/.dev ## 10,000 messages through a hub that is killed 20 times and whose calls fail; sent beside found
	@$(BIN)/python -m tests.soak

SEED ?= 1
LIVES ?= 100
SHORTEN ?= 0
hunt: $(VENV)/.dev ## Lives of a hub that no test has drawn yet: make hunt SEED=7 LIVES=500 SHORTEN=1
	@PYTHONPATH=tests/engine:. $(BIN)/python -m tests.property.hunt $(SEED) $(LIVES) $(SHORTEN)

build: .venvs/sam/.done ## Build what `sam deploy` uploads
	@tests/deploy/build

format: $(VENV)/.dev
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

# pip keeps what it downloaded, so installing again costs seconds
$(VENV)/.run: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Hilo needs Python 3.11 or later: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/dev.txt
	@touch $@

# --no-deps: the lock is whole, and a pip older than 23.3 looks for extras beside it
.venvs/%/.done: requirements/%.txt
	@$(PYTHON) -m venv .venvs/$*
	@.venvs/$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $<
	@touch $@

lock: ## Make the locks anew (needs uv)
	uv pip $(UV_COMPILE) requirements/layer.in -o requirements/layer.txt
	uv pip $(UV_COMPILE) requirements/layer.in requirements/run.in -c requirements/layer.txt -o requirements/run.txt
	uv pip $(UV_COMPILE) requirements/layer.in requirements/run.in requirements/dev.in -c requirements/run.txt -o requirements/dev.txt
	uv pip $(UV_COMPILE) requirements/sam.in -o requirements/sam.txt
	uv pip $(UV_COMPILE) requirements/checkov.in -o requirements/checkov.txt

clean: ## Remove what was built and installed here; what the embedded hub holds (.hilo) stays
	rm -rf $(VENV) .venvs .aws-sam build .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
