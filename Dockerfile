# docker build -t bge-m3-demo . && docker run -p 7860:7860 -v "$HOME/.cache/huggingface:/cache" bge-m3-demo
# `docker run -v ... bge-m3-demo --fetch` only fetches BAAI/bge-m3 into the volume, for a machine without a network.
# For an NVIDIA GPU: docker build --build-arg TORCH=cuda -t bge-m3-demo . && docker run --gpus all ...
# deploy/compose.yaml starts it beside a Qdrant server.
FROM python:3.11-slim

# Said rather than looked for: no GPU is seen while an image is built.
ARG TORCH=cpu

RUN useradd --create-home demo && mkdir /app /cache && chown demo:demo /app /cache
USER demo
WORKDIR /app

ENV HF_HOME=/cache \
    BGE_DEMO_DATA_DIR=/cache/bge-m3-demo \
    BGE_DEMO_TORCH=$TORCH \
    PIP_NO_CACHE_DIR=1 \
    UV_NO_CACHE=1

# Packages before the code: a change of code does not install them again.
COPY --chown=demo:demo start_server.sh requirements.txt constraints.txt ./
RUN bash start_server.sh --install-only
COPY --chown=demo:demo . .

VOLUME /cache
EXPOSE 7860

# Past any proxy that the container is given.
HEALTHCHECK --interval=30s --timeout=5s --start-period=120s CMD ["python", "-c", \
    "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:7860/healthz', timeout=4)"]

ENTRYPOINT ["bash", "start_server.sh"]
