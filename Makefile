# Two commands to know: `make demo` and `make test`.
PYTHON ?= python3
VENV ?= .venv
RUN := runs/simclr_mnist5k
PY := $(VENV)/bin/python
# Two processes: compilation is most of the work, and a process keeps little more than one core busy with it.
PARALLEL := --numprocesses=2
export JAX_PLATFORMS ?=

.PHONY: demo test test-slow lint format docs package bench clean

demo: $(VENV)/.demo
	$(PY) -m launch.pretrain --config=configs/simclr_mnist5k.py --workdir=$(RUN)

test: $(VENV)/.test
	$(PY) -m pytest $(PARALLEL)

test-slow: $(VENV)/.test
	$(PY) -m pytest $(PARALLEL) -m "slow or long"

lint: $(VENV)/.test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

format: $(VENV)/.test
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

docs: $(VENV)/.docs
	DISABLE_MKDOCS_2_WARNING=true $(VENV)/bin/mkdocs build --quiet --strict --site-dir build/site

# What is published, installed where nothing of the repository is at hand.
package: $(VENV)/.package
	rm -rf build/dist build/fresh
	$(PY) -m build --outdir build/dist .
	$(PYTHON) -m venv build/fresh
	build/fresh/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt "$$(ls build/dist/*.whl)[demo]"
	cd build && fresh/bin/jssl pretrain --config=simclr_mnist5k --workdir=fresh/run --config.epochs="3 steps" --noassess
	cd build && fresh/bin/jssl embed --workdir=fresh/run --data=mnist_5k --split=test --out=fresh/features.npz

bench: $(VENV)/.test
	$(PY) -m benchmarks.augment
	$(PY) -m benchmarks.input_pipeline
	$(PY) -m benchmarks.throughput --config=configs/simclr_mnist5k.py

clean:
	rm -rf $(VENV) runs build *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "jssl needs Python 3.11 or newer; $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12 $(MAKECMDGOALS)" % v[:2])'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "cannot make a virtual environment: is the venv module installed (Debian: python3-venv)?"; exit 1; }

$(VENV)/.%: setup.py constraints.txt $(VENV)/bin/python
	@echo "installing jssl[$*] into $(VENV)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[$*]" || { \
	  echo "the installation failed, see above. It needs a package index: is there a network, or is PIP_INDEX_URL set to a mirror?"; exit 1; }
	@touch $@
