#!/usr/bin/env bash
# Drivers and frameworks as their documentation sets them up for schemas per tenant, through a real
# gateway, in session and in transaction pooling with two backends.
#
#   run.sh [NAME…]        django psycopg3 asyncpg rails sequelize knex pgx; all without one
#
# Each works for two tenants in one process, one of them behind: its first query has to see the
# migrated schema. Then eight threads (tasks, connections) switch between the tenants, and each row
# has to be the tenant's own. A driver that isn't installed is left out. Debian has django,
# psycopg2, psycopg, asyncpg (python3-…), ruby-activerecord, ruby-pg and
# golang-github-jackc-pgx-v4-dev with golang-go; for Node: npm install sequelize@6 knex@3 pg@8 in
# the folder NODE_MODULES_DIR.
#
# PGBINDIR is where the server's programs are, BASE_PORT the first of three ports, WORK the folder
# that everything is made in.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dist=${DIST:-$here/../../../target/tenantgate}
bin=${PGBINDIR:-/usr/lib/postgresql/15/bin}
base_port=${BASE_PORT:-25440}
work=${WORK:-$(mktemp -d /tmp/tenantgate-drivers.XXXXXX)}
python=${PYTHON:-/usr/bin/python3}
admin="postgresql://postgres@127.0.0.1:$base_port"

as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    (cd "$work" && runuser -u postgres -- "$@")
  else
    (cd "$work" && "$@")
  fi
}

sql() { # DATABASE SQL
  PGOPTIONS='-c client_min_messages=warning' \
    "$bin/psql" -X -q -v ON_ERROR_STOP=1 "$admin/$1" -c "$2"
}

settings() { # MODE DATABASE
  cat <<CONF
listen:
  address: 127.0.0.1:$((base_port + 1))
admin:
  address: 127.0.0.1:$((base_port + 2))
database:
  url: $admin/$2?sslmode=disable
migrations:
  locations: [$work/migrations]
CONF
  if [ "$1" = transaction ]; then
    cat <<CONF
pool:
  mode: transaction
  size: 2
auth:
  method: scram-sha-256
  user-list: $work/users.txt
CONF
  fi
}

start_server() {
  as_postgres "$bin/initdb" -D "$work/data" -U postgres -A trust -E UTF8 --locale=C -N \
    > "$work/initdb.log"
  printf 'host all app all scram-sha-256\nhost all all all trust\n' > "$work/data/pg_hba.conf"
  cat >> "$work/data/postgresql.conf" <<CONF
port = $base_port
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
CONF
  as_postgres "$bin/pg_ctl" -D "$work/data" -l "$work/server.log" -w start > /dev/null
}

# One tenant current, one behind by a column.
make_template() {
  mkdir -p "$work/migrations"
  printf -- '-- UP MIGRATION\nCREATE TABLE item(id bigserial PRIMARY KEY, name text);\n%s\n' \
    'CREATE TABLE mark(tenant text PRIMARY KEY);' > "$work/migrations/00001_items.sql"
  printf -- '-- UP MIGRATION\n%s\n' \
    "ALTER TABLE item ADD COLUMN note text NOT NULL DEFAULT 'new';" \
    > "$work/migrations/00002_notes.sql"
  sql postgres "CREATE ROLE app LOGIN PASSWORD 'secret'"
  sql postgres 'CREATE DATABASE template_app'
  sql template_app 'CREATE SCHEMA tenant_acme; CREATE SCHEMA tenant_globex'
  settings session template_app > "$work/template.yaml"
  "$dist/bin/tenantgate" migrate up --to 1 --config "$work/template.yaml" > "$work/migrate.log"
  "$dist/bin/tenantgate" migrate up --tenant acme --config "$work/template.yaml" \
    >> "$work/migrate.log"
  for tenant in acme globex; do
    sql template_app "INSERT INTO tenant_$tenant.mark VALUES ('$tenant');
      GRANT USAGE ON SCHEMA tenant_$tenant TO app;
      GRANT ALL ON ALL TABLES IN SCHEMA tenant_$tenant TO app;
      GRANT ALL ON ALL SEQUENCES IN SCHEMA tenant_$tenant TO app"
  done
  echo '"app" "secret"' > "$work/users.txt"
}

start_gateway() { # MODE
  sql postgres 'DROP DATABASE IF EXISTS app'
  sql postgres 'CREATE DATABASE app TEMPLATE template_app'
  settings "$1" app > "$work/gateway.yaml"
  "$dist/bin/tenantgate" serve --config "$work/gateway.yaml" >> "$work/gateway.log" 2>&1 &
  gateway=$!
  until "$bin/pg_isready" -q -h 127.0.0.1 -p $((base_port + 1)); do
    kill -0 "$gateway"
    sleep 0.1
  done
}

stop_gateway() {
  if [ -n "$gateway" ]; then
    kill "$gateway"
    wait "$gateway" || true
    gateway=
  fi
}

program() { # NAME
  case $1 in
    django | psycopg3 | asyncpg) "$python" "$here/$1_tenants.py" ;;
    rails) ruby "$here/rails_tenants.rb" ;;
    sequelize | knex)
      NODE_PATH=${NODE_MODULES_DIR:-.}/node_modules node "$here/$1_tenants.js"
      ;;
    pgx) GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$work/go go run "$here/pgx_tenants.go" ;;
    *) echo "no driver $1" && return 2 ;;
  esac
}

available() { # NAME
  case $1 in
    django) "$python" -c 'import django, psycopg2' ;;
    psycopg3) "$python" -c 'import psycopg' ;;
    asyncpg) "$python" -c 'import asyncpg' ;;
    rails) ruby -e 'require "active_record"; require "pg"' ;;
    sequelize | knex)
      NODE_PATH=${NODE_MODULES_DIR:-.}/node_modules node -e "require('$1'); require('pg')"
      ;;
    pgx) command -v go && [ -d /usr/share/gocode/src/github.com/jackc/pgx ] ;;
    *) true ;;
  esac > /dev/null 2>&1
}

gateway=
trap 'stop_gateway; as_postgres "$bin/pg_ctl" -D "$work/data" -m fast stop > /dev/null' EXIT
mkdir -p "$work"
if [ "$(id -u)" = 0 ]; then
  chown postgres "$work"
fi
start_server
make_template
if [ $# -eq 0 ]; then
  set -- django psycopg3 asyncpg rails sequelize knex pgx
fi
export HOST=127.0.0.1 PORT=$((base_port + 1)) MODE
failed=0
for name in "$@"; do
  if ! available "$name"; then
    echo "left out   $name: not installed"
    continue
  fi
  for MODE in session transaction; do
    start_gateway "$MODE"
    if program "$name" > "$work/$name-$MODE.log" 2>&1; then
      echo "passed     $name, pool.mode $MODE: $(tail -n 1 "$work/$name-$MODE.log")"
    else
      echo "FAILED     $name, pool.mode $MODE: $work/$name-$MODE.log"
      tail -n 5 "$work/$name-$MODE.log"
      failed=1
    fi
    stop_gateway
  done
done
exit $failed
