# make demo    run the fraud detection example as a pipeline, here
# make test    all tests
# make test-cluster   tests on a real Kubernetes with Argo: that of KUBECONFIG, or one made here
# make cluster-up, make cluster-down   that one, for work by hand (needs root, Debian, go, gcc)
# make test-kfp   tests on Kubeflow's own SDK: its loader, its local runner
# make lab     JupyterLab with nbdag's extension, on the examples
# make test-lab   tests of it: a real JupyterLab in a real Chromium
# make screenshots   the pictures of the documentation, taken anew in that browser
# make check   linters, type checkers, the rules of the architecture
# make bench   the figures: speed, sizes, and the goals for them
# make docs    the documentation as HTML, in site/
# make clean   remove what the others made
#
# Nothing has to be installed but git, make and Python >= 3.10 (another one: make PYTHON=python3.12).

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
export PYTHON
# pyright fetches its npm package once; beside the virtualenv it goes with `make clean`.
export PYRIGHT_PYTHON_CACHE_DIR := $(CURDIR)/$(VENV)/pyright
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help demo test test-cluster test-kfp cluster-up cluster-down lab test-lab screenshots check bench docs clean

help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile

# One stamp an extra: made again when the dependencies change.
$(VENV)/.has-%: pyproject.toml labextension/package.json .ci/install
	@.ci/install $(VENV) $*

demo: $(VENV)/.has-examples
	@mkdir -p demo
	$(BIN)/nbdag run examples/fraud_detection.ipynb --output demo/fraud_detection.executed.ipynb
	@echo
	@echo 'The executed notebook: demo/fraud_detection.executed.ipynb'
	@echo 'Its DAG:               $(BIN)/nbdag graph examples/fraud_detection.ipynb'
	@echo 'Both ways, compared:   $(BIN)/nbdag verify examples/fraud_detection.ipynb'
	@echo 'Next:                  docs/tutorial.md'

test: $(VENV)/.has-test
	@$(BIN)/python -m pytest -n $(CORES) -q

test-cluster: $(VENV)/.has-cluster-test
	@tests/cluster/test.sh $(BIN)/python

# The SDK needs an old client of Kubernetes: a virtualenv of its own.
.venv-kfp/.has-kfp-test: pyproject.toml labextension/package.json .ci/install
	@.ci/install .venv-kfp kfp-test

test-kfp: .venv-kfp/.has-kfp-test
	@.venv-kfp/bin/python -m pytest -n $(CORES) -q tests/kubeflow

cluster-up: $(VENV)/.has-cluster-test
	@tests/cluster/build.sh $(BIN)/python
	@tests/cluster/up.sh

cluster-down:
	@tests/cluster/down.sh

lab: $(VENV)/.has-lab-test
	@.ci/lab $(VENV)
	cd examples && ../$(BIN)/jupyter lab

test-lab: $(VENV)/.has-lab-test
	@.ci/lab $(VENV) test
	@tests/lab/test.sh $(BIN)/python

screenshots: $(VENV)/.has-lab-test
	@.ci/lab $(VENV) test
	$(BIN)/python tests/lab/screenshots.py docs/images

check: $(VENV)/.has-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: $(VENV)/.has-examples
	@$(BIN)/python -m bench $(BENCH)

docs: $(VENV)/.has-docs
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going docs site
	@echo 'The documentation: site/index.html'

clean:
	rm -rf $(VENV) labextension/dist labextension/lib labextension/node_modules site demo build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
