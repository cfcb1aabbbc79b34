# The image of every service of docker-compose.yml that is ours. Two stages: what installs is not in what runs.

# `make pin-images` looks up the newest digest of each tag, here and in docker-compose.yml.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d

FROM ${PYTHON_IMAGE} AS packages
WORKDIR /opt/charter
# Packages change seldom, so they have layers of their own. The installer stays in this stage.
COPY requirements/bootstrap.txt requirements/production.txt requirements/
RUN python -m venv /opt/installer \
    && /opt/installer/bin/pip install --no-cache-dir --require-hashes -r requirements/bootstrap.txt \
    && /opt/installer/bin/uv venv --python "$(command -v python)" .venv \
    && /opt/installer/bin/uv pip sync --no-cache --python .venv/bin/python --require-hashes --compile-bytecode \
        requirements/production.txt
COPY pyproject.toml README.md ./
COPY src src
RUN /opt/installer/bin/uv pip install --no-cache --python .venv/bin/python --no-deps --no-build-isolation --editable . \
    && python -m compileall -q src \
    && rm -f .venv/.lock

FROM ${PYTHON_IMAGE}
# Group 0, and what is written to open to it: the containers may be run by any other user (RUN_AS_UID).
RUN useradd --uid 10001 --gid 0 --no-create-home --home-dir /tmp charter \
    && mkdir -p /opt/charter/var/site /opt/charter/logs \
    && chown -R 10001:0 /opt/charter/var /opt/charter/logs \
    && chmod -R g=u /opt/charter/var /opt/charter/logs
WORKDIR /opt/charter
COPY --from=packages /opt/charter .
COPY dags dags
COPY dbt_project dbt_project
COPY expectations expectations
COPY reports reports
COPY deploy deploy
COPY charters charters

# The commit of this code, for the seals: an image has no repository to read it from.
ARG CHARTER_COMMIT=
ENV CHARTER_COMMIT=$CHARTER_COMMIT

# All that the image holds is root's, and is only read. HOME and AIRFLOW_HOME are gone with the container.
# USER: Airflow wants a name, and any other number (RUN_AS_UID) has none here.
ENV PATH=/opt/charter/.venv/bin:$PATH \
    USER=charter \
    HOME=/tmp \
    AIRFLOW_HOME=/tmp/airflow \
    CHARTER_HOME=/opt/charter \
    PYTHONUTF8=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DO_NOT_TRACK=1 \
    SCARF_ANALYTICS=false \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false \
    GX_ANALYTICS_ENABLED=false \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False
USER 10001:0
CMD ["charter", "--help"]
