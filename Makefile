# What can be done in this checkout. `make help` lists it.
# Each command first brings the environment up to date (scripts/setup.sh), which takes a moment when nothing changed.

PORT ?= 8000
HOST ?= 127.0.0.1
WORKERS ?= 2
TESTS ?=
export CERCLE_TEST_DATABASES ?= sqlite,postgres

python = .venv/bin/python
cercle = .venv/bin/cercle

.DEFAULT_GOAL := help
.PHONY: help run test check fmt bench scale lighthouse migrations docs plugin lock watch set-up set-up-dev clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

run: set-up ## a site with demo clubs; PORT=8123 and CERCLE_DATA_DIR choose where
	@exec $(cercle) demo --host $(HOST) --port $(PORT)

# Where a machine has a file system in memory, the databases of the tests live there: they are written to thousands of times.
memory := $(shell test -w /dev/shm && test "$$(df -Pk /dev/shm | awk 'NR == 2 { print $$4 }')" -gt 6000000 && echo /dev/shm)

test: set-up-dev ## the whole suite, on SQLite and PostgreSQL; TESTS=tests/core for a part of it
	$(if $(memory),TMPDIR=$(memory)) $(python) -m pytest -n $(WORKERS) --dist loadgroup $(TESTS)

check: set-up-dev ## format, lint, types, imports
	$(python) -m ruff format --check
	$(python) -m ruff check
	$(python) -m mypy
	.venv/bin/lint-imports

fmt: set-up-dev ## puts the code into its form and mends what a machine can mend
	$(python) -m ruff check --fix --exit-zero
	$(python) -m ruff format

bench: set-up-dev ## measures the site against a bare one
	$(python) -m benchmarks

scale: set-up-dev ## fills a small and a large site and compares every list and console page
	$(python) -m benchmarks.scale run

lighthouse: set-up-dev ## asks Lighthouse about the main pages, on a phone and on a desktop
	$(python) -m benchmarks.lighthouse

migrations: set-up-dev ## writes the migration of a changed part: make migrations PART=wiki
	$(if $(PART),,$(error say which part: make migrations PART=wiki))
	$(cercle) makemigrations $(PART)

docs: set-up-dev ## writes the generated pages of the documentation anew
	$(cercle) docs

plugin: set-up-dev ## starts a new plugin: make plugin NAME=poll
	$(if $(NAME),,$(error say its name: make plugin NAME=poll))
	$(cercle) plugin new $(NAME)

watch: set-up ## rebuilds the front end on every change
	node frontend/build.mjs --watch

lock: ## takes up the newest versions of all packages
	scripts/lock.sh

set-up: ## the environment and the front end, without starting anything
	@scripts/setup.sh run

set-up-dev: ## that, and the tools and services of the tests
	@scripts/setup.sh dev

clean: ## removes everything that was made here, except data/
	rm -rf .venv node_modules core/static/dist dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
