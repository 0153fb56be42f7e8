# The one entry point. `make` alone lists the targets.
.DEFAULT_GOAL := help
.PHONY: help setup lab course book print slides test test-fast format check reproduce lock outputs weights classroom bench playground clean style

# The canonical profile: no network, the 5,000 bundled digits, the course's own colour network.
# `make course PROFILE=full` takes the full MNIST and VGG16 where they can be had.
PROFILE ?= canonical
CANONICAL := COURSE_OFFLINE=1 COURSE_MNIST=5k COURSE_BACKBONE=mini_vgg
ifeq ($(PROFILE),canonical)
course reproduce: export COURSE_OFFLINE ?= 1
course reproduce: export COURSE_MNIST ?= 5k
course reproduce: export COURSE_BACKBONE ?= mini_vgg
else ifneq ($(PROFILE),full)
$(error PROFILE=$(PROFILE) is not allowed: choose canonical or full)
endif

# `make setup GPU=1` installs TensorFlow's CUDA libraries too (Linux).
LOCK := $(if $(GPU),requirements-gpu.lock,requirements.lock)
RUN := .venv/bin/python

help: ## list the targets
	@echo "Seeing Through CNNs. Targets:"
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-10s %s\n", $$1, $$2}'

setup: .venv/ready ## install everything into .venv (GPU=1: with CUDA); a second run does nothing
	@:

.venv/ready: $(LOCK)
	@for python in "$(PYTHON)" python3 python3.13 python3.12 python3.11; do \
	  [ -n "$$python" ] && command -v "$$python" >/dev/null && \
	  "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && \
	  exec "$$python" tools/setup.py $(LOCK); \
	done; \
	echo "The course needs Python 3.11, 3.12 or 3.13, and none was found" \
	  "(python3 is: $$(python3 --version 2>&1 || true))."; \
	echo "Install one, or name it: make setup PYTHON=/path/to/python3.11"; exit 1

lab: setup ## open JupyterLab on the notebooks
	@.venv/bin/jupyter lab --LabApp.default_url=/lab/tree/notebooks

course: setup ## run every chapter, then build the site (PROFILE=full: with full MNIST and VGG16)
	@$(RUN) tools/run_chapters.py
	@$(MAKE) --no-print-directory book

book: setup ## build the site from the notebooks as they are (REPO_URL=https://...: with launch buttons)
	@$(RUN) -m tools.build_book

print: setup ## make one long page for printing, and a PDF where Chromium is installed
	@$(RUN) -m tools.print_book

slides: setup ## make slides of every chapter from the notebooks as they are
	@$(RUN) -m tools.slides

# Two processes, one thread each: the results are the same with any number of either (book/reproducibility.md).
WORKERS ?= 2
ONE_THREAD := TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 OMP_NUM_THREADS=1
PYTEST := $(CANONICAL) $(ONE_THREAD) $(RUN) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test: setup style ## check everything: style, methods, faults, every notebook and figure (WORKERS=4)
	@$(PYTEST) --nbval tests notebooks

test-fast: setup style ## the same without notebooks, browser and whatever takes long: under a minute
	@$(PYTEST) -m "not browser and not slow" tests

style: setup
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --check --quiet . || { echo "Not formatted: run make format"; exit 1; }

reproduce: setup ## run every chapter twice, report any text or pixel that differs (CHAPTERS="03 04")
	@$(RUN) -m tools.reproduce $(CHAPTERS)

format: setup ## bring all code, notebooks too, into one style
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format .

check: setup ## only style and repository rules, in seconds
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@$(RUN) -m pytest -q tests/test_house.py tests/test_repository.py tests/test_packages.py

lock: setup ## renew requirements.lock and requirements-gpu.lock from pyproject.toml
	@$(RUN) tools/lock.py

outputs: setup ## run the chapters and keep their outputs as the new reference (CHAPTERS="03 04")
ifeq ($(CHAPTERS),)
	@COURSE_MNIST=full $(RUN) tools/run_chapters.py --keep 01 02
	@$(CANONICAL) $(RUN) tools/run_chapters.py --keep 03 04 05 06 07 08 09
	@$(RUN) tools/gallery.py
else
	@$(CANONICAL) $(RUN) tools/run_chapters.py --keep $(CHAPTERS)
endif

weights: setup ## fetch MNIST and VGG16 beforehand, for a classroom without a network
	@$(RUN) tools/fetch_weights.py

classroom: setup ## one archive with wheels, notebooks and site, for a room without a network
	@$(RUN) -m tools.classroom

playground: setup ## make the live page's weights, digits and kernel again (the kernel needs Node.js and npx)
	@$(RUN) -m tools.playground.export $(if $(ASC),--asc $(ASC))

bench: setup ## time the methods against what people would use instead
	@$(RUN) -m benchmarks

clean: ## remove what was built; keep the environment, the downloads and the weights
	@rm -rf build book/_build notebooks/output .pytest_cache .ruff_cache .hypothesis
