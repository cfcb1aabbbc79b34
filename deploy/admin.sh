#!/bin/sh
# Makes Airflow's user `admin`, with the password of the secret airflow_admin_password. One that is there is kept as it is.
set -eu
password=$(cat "${ADMIN_PASSWORD_FILE:-/run/secrets/airflow_admin_password}")
# Asked for twice, and answered on standard input: no list of processes shows it.
printf '%s\n%s\n' "$password" "$password" | airflow users create \
    --username admin --role Admin --firstname Charter --lastname Administrator --email admin@agency.example
