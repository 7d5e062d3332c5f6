#!/usr/bin/env bash
# Starts the platform's containers. The image brings Docker; passwords come from Secrets Manager, never from here.
set -euo pipefail

install -d -m 0750 /opt/medilink
printf 'DB_HOST=%s\nDB_NAME=%s\nPIPEC_ENVIRONMENT=%s\n' "$DB_HOST" "$DB_NAME" "$PIPEC_ENVIRONMENT" >/opt/medilink/platform.env
systemctl enable --now docker
systemctl enable --now medilink-airflow.service
