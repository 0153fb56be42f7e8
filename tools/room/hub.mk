# One machine for the whole room: read by the Makefile where the archive's folder `hub` lies over `course`.
.PHONY: hub hub-password collect grade
FOLDER ?=
CANONICAL := COURSE_OFFLINE=1 COURSE_MNIST=5k COURSE_BACKBONE=efficientnet_lite0 COURSE_VGG16=hed

hub: setup ## open the course to a class at one address; stop it with Ctrl-C (FOLDER=../class LIMIT=20)
	@[ -e .venv/hub-proxy/ready ] || cp -R hub-proxy .venv/hub-proxy
	@.venv/bin/python -m tools.hub.start "$(or $(FOLDER),../class)" $(if $(ADDRESS),--address $(ADDRESS)) \
	  $(if $(PORT),--port $(PORT)) $(if $(LIMIT),--limit $(LIMIT)) $(if $(MEMORY),--memory $(MEMORY)) \
	  $(if $(THREADS),--threads $(THREADS)) $(if $(IDLE),--idle $(IDLE)) $(if $(ISOLATION),--isolation $(ISOLATION)) \
	  $(if $(ASSIGNMENTS),--assignments "$(ASSIGNMENTS)")

hub-password: setup ## give a student a new password (NAME=ada)
	@.venv/bin/python -m tools.hub.password "$(or $(FOLDER),../class)" --name "$(NAME)"

collect: setup ## fetch what students of the hub hand in (HUB=../class FOLDER=../teacher/assignments)
	@.venv/bin/python -m tools.teach.collect "$(or $(HUB),../class)" "$(or $(FOLDER),../teacher/assignments)"

grade: setup ## mark what was handed in, in submitted/NAME/chapter_NN (FOLDER=../teacher/assignments)
	@$(CANONICAL) .venv/bin/python -m tools.teach.grade "$(or $(FOLDER),../teacher/assignments)" $(if $(AGAIN),--again)
