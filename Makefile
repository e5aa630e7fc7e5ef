# Every target works from a fresh clone: it makes the Python environment and sets the host up first, and skips what is done.
.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
LABKIT := .venv/bin/labkit
# Made last, so that half an environment is never taken for a whole one.
READY := .venv/.ready

LESSONS := $(sort $(notdir $(wildcard lessons/[0-9][0-9]-*)))
NUMBERS := $(foreach lesson,$(LESSONS),$(firstword $(subst -, ,$(lesson))))
LABS := $(addprefix lab-,$(NUMBERS))
CHECKS := $(addprefix check-,$(NUMBERS))

.PHONY: help lab-NN check-NN setup doctor shell images test bench gc clean $(LABS) $(CHECKS)

help: ## show this list
	@sed -n 's/^\([a-zN -]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | awk -F'\t' '{ printf "  make %-10s %s\n", $$1, $$2 }'
	@for lesson in $(LESSONS); do printf '  make lab-%-6s %s\n' "$${lesson%%-*}" "$${lesson#*-}"; done

setup: $(READY) ## install what the lessons need and is missing (as root), or say what to type
	@$(LABKIT) setup

doctor: $(READY) ## say what this machine can do, and what to do about what it cannot
	@$(LABKIT) doctor

lab-NN: ## open lesson NN in JupyterLab
check-NN: ## run the notebook of lesson NN and compare its outputs
lab-NN check-NN:
	@echo "NN is a lesson's number, one of: $(NUMBERS)"; exit 2

$(LABS): lab-%: setup
	@$(LABKIT) start $*

$(CHECKS): check-%: setup
	@.venv/bin/pytest -p no:randomly --nbval-lax lessons/$*-*/*.ipynb

shell: setup ## open a shell in which podman is the one of the lessons
	@$(LABKIT) shell

images: setup ## pull or build the images of all lessons
	@$(LABKIT) images

test: setup ## run everything that must pass: form, unit, live, lessons
	@.venv/bin/python -m tests.run

bench: setup ## measure again what docs/benchmarks.md says
	@.venv/bin/python -m benchmarks

gc: $(READY) ## delete what labkit made on this machine: pods, containers, volumes
	@$(LABKIT) gc

clean: ## delete the Python environment and caches of this folder
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find labkit tests lessons benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# uv from the path; else a uv of our own; else, where PyPI has no uv for this machine, pip, which knows nothing of uv.lock.
$(READY): pyproject.toml uv.lock
	@echo "making the Python environment in .venv (a minute or two the first time)"
	@if uv --version >/dev/null 2>&1; then uv sync --frozen --quiet; \
	else \
	    $(MAKE) --silent build/uv/bin/python && \
	    if build/uv/bin/pip install --quiet --disable-pip-version-check uv; then build/uv/bin/uv sync --frozen --quiet; \
	    else \
	        echo "no uv: pip takes the newest versions that fit instead of the locked ones" && \
	        $(PYTHON) -m venv .venv && \
	        .venv/bin/pip install --quiet --upgrade 'pip>=25.1' && \
	        .venv/bin/pip install --quiet --editable . --group dev; \
	    fi; \
	fi
	@touch $@

build/uv/bin/python:
	@if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
	    if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	        echo "installing python3-venv"; \
	        { apt-get install -y -qq python3-venv || { apt-get update -qq && apt-get install -y -qq python3-venv; }; } >/dev/null; \
	    else \
	        echo "$(PYTHON) cannot make environments. Type: sudo apt-get install -y python3-venv"; exit 1; \
	    fi; \
	fi
	@$(PYTHON) -m venv build/uv
