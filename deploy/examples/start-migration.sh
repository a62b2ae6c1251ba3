#!/bin/sh
# Migrations by the name that scripts and pipelines call them by: ./start-migration.sh up -version 5
# Without a command: the status. The database is DSN, its authority CA. Only where DSN_SECRET names a secret
# (and CA_SECRET another), both are read from Google's Secret Manager by gcloud:
#   DSN_SECRET=agoat-publisher-db-main-cockroach-dsn CA_SECRET=agoat-publisher-db-main-cockroach-ca
set -eu

secret() {
  gcloud secrets versions access latest --secret="$1"
}

if [ -z "${DSN:-}" ] && [ -n "${DSN_SECRET:-}" ]; then
  DSN=$(secret "$DSN_SECRET")
  export DSN
  if [ -n "${CA_SECRET:-}" ]; then
    CA=$(secret "$CA_SECRET")
    export CA
  fi
fi

[ $# -gt 0 ] || set -- status
exec tenantgate migrate "$@"
