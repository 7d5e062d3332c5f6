#!/usr/bin/env bash
# Starts Airflow's containers. The image brings Docker; passwords come from Secrets Manager (`mytomorrows/airflow`), never from here.
set -euo pipefail

install -d -m 0750 /opt/mytomorrows
printf 'DB_HOST=%s\nDB_NAME=%s\nPIPEC_ENVIRONMENT=%s\n' "$DB_HOST" "$DB_NAME" "$PIPEC_ENVIRONMENT" >/opt/mytomorrows/platform.env
systemctl enable --now docker
systemctl enable --now mytomorrows-airflow.service
