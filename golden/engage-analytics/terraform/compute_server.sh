#!/usr/bin/env bash
# Prepares the server that Airbyte and cron run on: the settings that PIPEC_ENV_FILE names. The secret holds logins and passwords as assignments.
set -euo pipefail

# Debian's cron does not read CRON_TZ: the machine's own zone is the pipeline's.
timedatectl set-timezone UTC
install -d -m 0755 /srv/engage_analytics
umask 077
{
  printf 'DBT_HOST=%s\nDBT_DATABASE=%s\n' "$DB_HOST" "$DB_NAME"
  printf 'PGHOST=%s\nPGDATABASE=%s\n' "$DB_HOST" "$DB_NAME"
  printf 'AWS_DEFAULT_REGION=%s\nPIPEC_ENVIRONMENT=%s\n' "$AWS_DEFAULT_REGION" "$PIPEC_ENVIRONMENT"
  aws secretsmanager get-secret-value --secret-id engage-analytics/dbt --query SecretString --output text
} >/etc/engage_analytics.env
systemctl enable --now airbyte.service
systemctl enable --now cron
