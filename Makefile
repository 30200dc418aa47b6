# Two commands do everything: 'make run' and 'make test'. 'make help' lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv/bin

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

.PHONY: setup
setup: ## everything that the platform needs: system packages (as root), .venv, fonts
	@scripts/setup run

.PHONY: setup-test
setup-test:
	@scripts/setup test

.PHONY: run
run: setup ## start the platform and play an attack on a customer's line; Ctrl-C ends it
	@$(VENV)/sekisho up --story

.PHONY: test
test: setup-test ## the whole test suite, on real engines
	@$(VENV)/python -m pytest -n 2 --dist loadgroup $(ARGS)

.PHONY: lint
lint: setup-test ## style, layers, lock files, and what must not be in a repository
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/lint-imports
	@$(VENV)/python scripts/tidy.py

.PHONY: bench
bench: setup-test ## figures, side by side in one run: see bench/README.md
	@$(VENV)/python -m bench.ingest $(ARGS)
	@$(VENV)/python -m bench.terms
	@$(VENV)/python -m bench.documents
	@$(VENV)/python -m bench.billing
	@$(VENV)/python -m bench.web

.PHONY: lock
lock: setup-test ## pin dependencies anew, with hashes and without addresses
	@scripts/lock

.PHONY: clean
clean: ## remove what runs and builds leave behind; keeps var/
	@rm -rf .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache artifacts dist
