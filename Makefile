# make demo   shows what the released models do, trains a small SRGAN on images that come with a
#             dependency, and shows what that does
# make test   runs the tests, in as many processes as JOBS says
# make cluster  runs those that start a cluster of several nodes, which make test leaves out: some minutes
# make quick  runs those of them that take under two minutes together, without a browser
# make bench  measures everything against other ways of doing it, and writes benchmarks/RESULTS.md
# Each makes .venv and installs the requirements first; GPU=1 adds what TensorFlow needs on NVIDIA GPUs (Linux).

PYTHON ?= python3
VENV := .venv
JOBS ?= 2
BIN := $(VENV)/bin
DEMO := runs/demo
GPU ?=
comma := ,
CUDA := $(if $(GPU),'tensorflow[and-cuda]>=2.21$(comma)<2.22')
REQUIREMENTS := $(VENV)/.requirements$(if $(GPU),-gpu)

.PHONY: demo test cluster quick lint bench clean

demo: $(REQUIREMENTS)
	$(BIN)/python -m tools.demo $(DEMO)/released.png srresnet,srgan
	$(BIN)/python train.py --phase=pretrain --preset=demo --data=sample --run_dir=$(DEMO)
	$(BIN)/python train.py --phase=gan --preset=demo --run_dir=$(DEMO)
	$(BIN)/python -m tools.demo $(DEMO)/comparison.png SRResNet-MSE=$(DEMO)/pretrain,SRGAN-MSE=$(DEMO)/gan

test: $(VENV)/.requirements-dev
	$(BIN)/python -m pytest --numprocesses=$(JOBS) --dist=worksteal -m "not cluster"

cluster: $(VENV)/.requirements-dev
	$(BIN)/python -m pytest -m cluster

quick: $(VENV)/.requirements-dev
	$(BIN)/python -m pytest --numprocesses=$(JOBS) --dist=worksteal -m "not slow and not browser"

bench: $(VENV)/.requirements-dev
	$(BIN)/python -m benchmarks.run

lint: $(VENV)/.requirements-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 to 3.13 is needed; give one with make PYTHON=...") if not (3, 11) <= sys.version_info[:2] <= (3, 13) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.requirements $(VENV)/.requirements-gpu: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt $(CUDA)
	touch $@

$(VENV)/.requirements-dev: requirements.txt requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@ $(VENV)/.requirements
