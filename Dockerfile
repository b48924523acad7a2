# For the CPU; with TensorFlow's CUDA libraries, to be run with `docker run --gpus all`, it is
# `docker build --build-arg 'EXTRAS=[gpu]' -t dltrain .`
#
#   docker build -t dltrain .
#   docker run --rm --user "$(id -u):$(id -g)" -e DLTRAIN_CACHE_DIR=.cache -v "$PWD:/work" \
#       dltrain run configs/digits_cnn.yaml

FROM python:3.12-slim

ARG EXTRAS=""
ENV PIP_NO_CACHE_DIR=1 PYTHONUNBUFFERED=1

RUN useradd --create-home --uid 1000 dltrain
WORKDIR /opt/dltrain
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
COPY configs ./configs
RUN pip install ".${EXTRAS}"

USER dltrain
WORKDIR /work
ENTRYPOINT ["dltrain"]
CMD ["--help"]
