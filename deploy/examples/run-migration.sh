#!/bin/sh
# Applies everything up to one file: ./run-migration.sh 00001_add_multitenancy.sql
set -eu

[ $# -eq 1 ] || {
  echo "usage: $0 FILE, such as 00001_add_multitenancy.sql" >&2
  exit 2
}
file=${1##*/}
exec tenantgate migrate up --to "${file%%_*}"
