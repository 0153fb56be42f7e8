# The one entry point. `make` alone lists the targets.
.DEFAULT_GOAL := help
.PHONY: help setup lab course book print slides test test-fast format check reproduce lock outputs weights classroom assignments grade collect hub hub-password load sheets bench evaluate playground photo-vendor clean style

# The canonical profile: no network, only digits and weights that come with the course.
# `make course PROFILE=full` takes all of MNIST, and VGG16's own convolutions, where they can be had.
PROFILE ?= canonical
CANONICAL := COURSE_OFFLINE=1 COURSE_MNIST=5k COURSE_BACKBONE=efficientnet_lite0 COURSE_VGG16=hed
ifeq ($(PROFILE),canonical)
course: export COURSE_OFFLINE ?= 1
course: export COURSE_MNIST ?= 5k
course: export COURSE_BACKBONE ?= efficientnet_lite0
course: export COURSE_VGG16 ?= hed
else ifneq ($(PROFILE),full)
$(error PROFILE=$(PROFILE) is not allowed: choose canonical or full)
endif

RUN := .venv/bin/python

help: ## list the targets
	@echo "Seeing Through CNNs. Targets:"
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: ## install everything into .venv, or bring it up to date (GPU=1: with CUDA, TEACH=1: for a class, until 0)
	@for python in $(or $(PYTHON),.venv/bin/python python3 python3.13 python3.12 python3.11); do \
	  command -v "$$python" >/dev/null && \
	  "$$python" -ISc 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && \
	  exec "$$python" tools/install/setup.py $(if $(GPU),--gpu "$(GPU)") $(if $(TEACH),--teach "$(TEACH)"); \
	done; \
	python=$(or $(PYTHON),python3); echo "The course needs Python 3.11, 3.12 or 3.13, and none was found" \
	  "($$python is: $$($$python --version 2>&1 || true))."; \
	echo "Install one, or name it: make setup PYTHON=/path/to/python3.11"; exit 1

lab: setup ## open JupyterLab on the notebooks
	@.venv/bin/jupyter lab --LabApp.default_url=/lab/tree/notebooks

course: setup ## run every chapter, then build the site (PROFILE=full: with all of MNIST)
	@$(RUN) -m tools.chapters.run
	@$(MAKE) --no-print-directory book

book: setup ## build the site from the notebooks as they are (REPO_URL=https://...: with launch buttons)
	@$(RUN) -m tools.site.build

print: setup ## make one long page for printing, and a PDF where Chromium is installed
	@$(RUN) -m tools.site.print

slides: setup ## make slides of every chapter from the notebooks as they are
	@$(RUN) -m tools.site.slides

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

reproduce: setup ## run every chapter in several arithmetics, report what differs (CHAPTERS="03 04" ARITHMETIC="sse41")
	@$(CANONICAL) $(RUN) -m tools.chapters.reproduce $(CHAPTERS) $(if $(ARITHMETIC),--arithmetic $(ARITHMETIC))

format: setup ## bring all code, notebooks too, into one style
	@.venv/bin/ruff check --fix --quiet . || true
	@.venv/bin/ruff format .

check: setup ## only style and repository rules, in seconds
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@$(RUN) -m pytest -q tests/test_house.py tests/test_repository.py tests/test_packages.py

lock: setup ## renew the lock files from pyproject.toml
	@$(RUN) -m tools.install.lock

# Chapter 5 shows images whose climbs take minutes and come out differently on another processor. They are
# in data/class_images.npz, and `python -m tools.chapters.class_images` makes them anew.
outputs: setup ## run the chapters and keep their outputs as the new reference (CHAPTERS="03 04")
ifeq ($(CHAPTERS),)
	@COURSE_MNIST=full $(RUN) -m tools.chapters.run --keep 01 02
	@$(CANONICAL) $(RUN) -m tools.chapters.run --keep 03 04 05 06 07 08 09 10 11
	@$(RUN) -m tools.chapters.gallery
else
	@$(CANONICAL) $(RUN) -m tools.chapters.run --keep $(CHAPTERS)
endif

weights: setup ## fetch MNIST and VGG16's convolutions beforehand, for a classroom without a network
	@$(RUN) -m tools.install.fetch_weights

classroom: setup ## one archive for a room without a network (TEACH=1: with all that a hub and marking need)
	@$(RUN) -m tools.room.classroom $(if $(filter 1,$(TEACH)),--teach)

# The course of nbgrader: what is handed in lies in submitted/NAME/chapter_NN there. `make clean` removes build/,
# so keep a class's work elsewhere: FOLDER=../autumn.
FOLDER ?= build/assignments
assignments: setup ## make an nbgrader course from the exercises (after setup TEACH=1; FOLDER=../autumn)
	@$(RUN) -m tools.teach.assignments "$(FOLDER)"

grade: setup ## mark what was handed in, each submission in a room of its own (FOLDER=../autumn ISOLATION=none)
	@$(CANONICAL) $(RUN) -m tools.teach.grade "$(FOLDER)" $(if $(ISOLATION),--isolation $(ISOLATION)) $(if $(AGAIN),--again)

collect: setup ## fetch what students of a hub hand in, to be marked (HUB=../class FOLDER=../autumn)
	@$(RUN) -m tools.teach.collect "$(HUB)" "$(FOLDER)"

# A hub's files, accounts and log. `make clean` removes build/, so keep a class's elsewhere: FOLDER=../hub.
HUB := $(if $(filter file,$(origin FOLDER)),build/hub,$(FOLDER))
hub: setup ## open JupyterHub for a room (after setup TEACH=1; FOLDER=../hub ADDRESS= PORT= LIMIT= MEMORY= IDLE= ISOLATION=none)
	@$(RUN) -m tools.hub.start "$(HUB)" $(if $(ADDRESS),--address $(ADDRESS)) $(if $(PORT),--port $(PORT)) \
	  $(if $(LIMIT),--limit $(LIMIT)) $(if $(MEMORY),--memory $(MEMORY)) $(if $(THREADS),--threads $(THREADS)) \
	  $(if $(IDLE),--idle $(IDLE)) $(if $(ISOLATION),--isolation $(ISOLATION)) $(if $(SOLUTIONS),--solutions) \
	  $(if $(ASSIGNMENTS),--assignments "$(ASSIGNMENTS)")

hub-password: setup ## give a student of the hub a new password (NAME=ada FOLDER=../hub)
	@$(RUN) -m tools.hub.password "$(HUB)" --name "$(NAME)"

sheets: setup ## make printable sheets of questions, and of answers, for every chapter
	@$(RUN) -m tools.teach.sheets

# On the machine where `make hub` runs, as the same user.
load: setup ## put a class of made-up students on the hub that runs (STUDENTS=20 CHAPTER=01, or FIND=1: how many it holds)
	@$(RUN) -m tools.hub.load $(if $(FIND),--find,--students $(or $(STUDENTS),12)) --chapter $(or $(CHAPTER),08) --hub "$(HUB)"

playground: setup ## make the live page's weights, digits and kernel again (the kernel needs Node.js and npx)
	@$(RUN) -m tools.playground.export $(if $(ASC),--asc $(ASC))

photo-vendor: setup ## fetch TensorFlow.js's files for the photograph's page again (needs npm)
	@$(RUN) -m tools.photo.vendor

bench: setup ## time the methods against what people would use instead
	@$(RUN) -m benchmarks
	@$(RUN) -m benchmarks.dataset

evaluate: setup ## put every method to every test, and write the page to choose by; goes on where it was cut off
	@$(CANONICAL) $(RUN) -m evaluations

clean: ## remove what was built; keep the environment, the downloads and the weights
	@rm -rf build book/_build notebooks/output .pytest_cache .ruff_cache .hypothesis
