#!/bin/sh
# Makes Airflow's user `admin`, with the password in the file ADMIN_PASSWORD_FILE. One that is there is kept as it is.
set -eu
password=$(cat "$ADMIN_PASSWORD_FILE")
# Asked for twice, and answered on standard input: no list of processes shows it.
printf '%s\n%s\n' "$password" "$password" | airflow users create \
    --username admin --role Admin --firstname Charter --lastname Administrator --email admin@agency.example
