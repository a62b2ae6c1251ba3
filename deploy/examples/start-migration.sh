#!/bin/sh
# Migrations by the name that scripts and pipelines call them by: ./start-migration.sh up -version 5
# Without a command: the status. The database is DSN, its authority CA; where DSN isn't set and gcloud
# is there, both are read from Google's Secret Manager.
set -eu

secret() {
  gcloud secrets versions access latest --secret="$1"
}

if [ -z "${DSN:-}" ] && command -v gcloud >/dev/null 2>&1; then
  DSN=$(secret "${DSN_SECRET:-agoat-publisher-db-main-cockroach-dsn}")
  CA=$(secret "${CA_SECRET:-agoat-publisher-db-main-cockroach-ca}")
  export DSN CA
fi

[ $# -gt 0 ] || set -- status
exec tenantgate migrate "$@"
