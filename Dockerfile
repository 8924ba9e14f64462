FROM python:3.11-slim-bookworm AS build
RUN python -m venv /opt/emergescope
WORKDIR /src
ENV PATH=/opt/emergescope/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_CONSTRAINT=/src/constraints.txt PIP_BUILD_CONSTRAINT=/src/constraints.txt
# Empty takes PyPI's torch with CUDA. An index that cannot be reached is passed over for the ones that pip always uses.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY constraints.txt ./
# hadolint ignore=DL3013
RUN pip install --no-deps torch \
    ${TORCH_INDEX:+--retries 1 --timeout 15 --extra-index-url "$TORCH_INDEX"}
COPY pyproject.toml ./
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" \
      > requirements.txt \
    && pip install -r requirements.txt
# Optional parts of pyproject.toml, comma-separated. PostgreSQL's driver is small and spares a second image.
ARG EXTRAS=postgres
RUN python -c "import sys, tomllib; extras = tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']; \
print(*(package for name in sys.argv[1].split(',') if name for package in extras[name]), sep='\n')" "$EXTRAS" > extras.txt \
    && pip install -r extras.txt
COPY README.md LICENSE ./
COPY frontend frontend
COPY backend backend
RUN pip install --no-deps .

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Emergescope" \
      org.opencontainers.image.description="Watch features emerge inside a neural network while gradient descent runs." \
      org.opencontainers.image.licenses="MIT"
# HOME and USER for whoever has no entry in /etc/passwd: OpenShift takes a random user id, always in group 0.
ENV PATH=/opt/emergescope/bin:$PATH PYTHONUNBUFFERED=1 HOME=/data USER=emergescope EMERGESCOPE_DATA=/data
COPY --from=build /opt/emergescope /opt/emergescope
RUN useradd --uid 10001 --gid 0 --no-create-home --home-dir /data --shell /usr/sbin/nologin emergescope \
    && install -d -o emergescope -g 0 -m 2775 /data
USER 10001:0
WORKDIR /data
VOLUME /data
EXPOSE 8470
# Not urllib.request: it would ask a proxy that the container is given.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-c", "\
from http.client import HTTPConnection as C; c = C('127.0.0.1', 8470, timeout=4); \
c.request('GET', '/api/health'); raise SystemExit(c.getresponse().status != 200)"]
ENTRYPOINT ["emergescope"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8470", "--data", "/data"]
