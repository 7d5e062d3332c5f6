#!/usr/bin/env bash
# Prepares the machine with cron: its zone, and the settings that PIPEC_ENV_FILE names. The secret holds logins and passwords as assignments.
set -euo pipefail

# Debian's cron does not read CRON_TZ: the machine's own zone is the pipeline's.
timedatectl set-timezone Africa/Kigali
install -d -m 0755 /srv/efiche
umask 077
{
  printf 'DBT_HOST=%s\nDB_NAME=%s\n' "$DB_HOST" "$DB_NAME"
  printf 'PGHOST=%s\nPGDATABASE=%s\n' "$DB_HOST" "$DB_NAME"
  printf 'AWS_DEFAULT_REGION=%s\nPIPEC_ENVIRONMENT=%s\n' "$AWS_DEFAULT_REGION" "$PIPEC_ENVIRONMENT"
  aws secretsmanager get-secret-value --secret-id efiche/dbt --query SecretString --output text
} >/etc/efiche.env
systemctl enable --now cron
