# The course in a container, set up by the same command and the same lock as everywhere.
#   docker build --tag seeing-through-cnns .
#   docker run --rm --publish 127.0.0.1:8888:8888 seeing-through-cnns
# Then open the address with the token that it prints. For a class on Kubernetes (book/hub.md), with JupyterHub:
#   docker build --build-arg TEACH=1 --tag seeing-through-cnns:hub .
FROM python:3.11-slim-bookworm
ARG TEACH=0

RUN apt-get update \
    && apt-get install --yes --no-install-recommends make \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 learner \
    && install --directory --owner=learner /course

USER learner
WORKDIR /course
ENV PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1
COPY --chown=learner . .
RUN make setup TEACH=$TEACH
RUN [ "$TEACH" = 0 ] || .venv/bin/python -m tools.hub.kubernetes.start --prepare

EXPOSE 8888
CMD [".venv/bin/jupyter", "lab", "--ip=0.0.0.0", "--no-browser", "--LabApp.default_url=/lab/tree/notebooks"]
