# One image for every service of docker-compose.yml.
FROM python:3.11-slim

RUN useradd --create-home --uid 10001 charter && mkdir /opt/charter && chown charter /opt/charter
USER charter
WORKDIR /opt/charter

# Packages change seldom, so they have a layer of their own.
COPY --chown=charter requirements requirements
COPY --chown=charter pyproject.toml ./
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements/bootstrap.txt \
    && .venv/bin/uv pip sync --no-cache --python .venv/bin/python --require-hashes --compile-bytecode \
        requirements/bootstrap.txt requirements/run.txt
COPY --chown=charter . .
RUN .venv/bin/uv pip install --no-cache --python .venv/bin/python --no-deps --no-build-isolation --editable . \
    && mkdir -p var

# The commit of this code, for the seals: an image has no repository to read it from.
ARG CHARTER_COMMIT=
ENV CHARTER_COMMIT=$CHARTER_COMMIT

ENV PATH=/opt/charter/.venv/bin:$PATH \
    CHARTER_HOME=/opt/charter \
    PYTHONUTF8=1 \
    DO_NOT_TRACK=1 \
    SCARF_ANALYTICS=false \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    GX_ANALYTICS_ENABLED=false
