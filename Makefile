# Everything sets itself up: Python 3.11 or newer with pip and venv, and make, are all that is needed.
.DEFAULT_GOAL := help
.PHONY: help demo test check torture bench lint format plugin ui ui-check browser lock clean

# The newest Python of 3.11 to 3.14 that really runs (a name on PATH may be a shim for one that is not there).
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PACKAGES := PlexSync.py app events observers plex simulators stash sync_queue worker tests scripts

help: ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# --no-deps: the lock is whole, and pip 23 would resolve extras past it as soon as a newer version is out.
$(VENV)/.ready: requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "PlexSync needs Python 3.11 or newer with pip and venv; set PYTHON=/path/to/python3"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/dev.txt
	@touch $@

demo: $(VENV)/.ready ## watch a scene travel from a simulated Stash to a simulated Plex
	@$(BIN)/python PlexSync.py demo $(ARGS)

test: check ## everything that CI checks (the same as check)

check: lint browser ## format, ruff, mypy, then pytest with branch coverage
	$(BIN)/python -m coverage erase
	$(BIN)/python -m pytest -n auto --maxprocesses=4 --dist loadfile --cov --cov-report=term

torture: $(VENV)/.ready ## kill, crowd and starve it, and print what became of every job
	$(BIN)/python -m tests.torture $(ARGS)

bench: $(VENV)/.ready ## measure it against bare loops: twelve minutes, or two with ARGS=--quick
	$(BIN)/python benchmarks/run_all.py $(ARGS)

lint: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.ready ## put every file in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

plugin: $(VENV)/.ready ## build dist/StashPlexSync.zip and dist/index.yml
	$(BIN)/python scripts/build_plugin.py

ui: $(VENV)/.ready ui/node_modules/.ready ## build the page inside Stash (needs Node 20 or newer; the result is kept in ui/dist)
	$(BIN)/python scripts/page_types.py
	cd ui && npm run --silent build

ui-check: ui/node_modules/.ready ## the page: strict types, linter, and tests of what computes (needs Node 20 or newer)
	cd ui && npm run --silent check

ui/node_modules/.ready: ui/package-lock.json
	cd ui && npm ci --no-progress
	@touch $@

# Tests in a browser run where Node and Chromium are; where they are not, or cannot be had, the tests say so and are skipped.
browser: $(VENV)/.ready
	@test -f $(VENV)/.browser -a $(VENV)/.browser -nt requirements/browser.txt -a $(VENV)/.browser -nt ui/package-lock.json \
		-a $(VENV)/.browser -nt ui/harness/stash.tsx || { \
		command -v node >/dev/null && command -v npm >/dev/null && command -v chromium >/dev/null \
		&& $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements/browser.txt \
		&& cd ui && npm ci --no-progress --silent && node build.mjs harness && touch ../$(VENV)/.browser \
		|| echo "no Node, no Chromium, or no way to their packages: tests in a browser are left out"; }

lock: $(VENV)/.ready ## resolve the dependencies anew, with hashes
	$(BIN)/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options -o requirements/runtime.txt requirements/runtime.in
	$(BIN)/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options -o requirements/dev.txt requirements/dev.in
	$(BIN)/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options -c requirements/dev.txt -o requirements/browser.txt requirements/browser.in

clean: ## remove what make made
	rm -rf $(VENV) build dist ui/build ui/node_modules .mypy_cache .ruff_cache .pytest_cache .coverage .coverage.* .hypothesis
