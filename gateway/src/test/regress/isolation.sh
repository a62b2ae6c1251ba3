#!/usr/bin/env bash
# PostgreSQL's own isolation suite, once at the server itself and once through the gateway, with
# session pooling, and what differs between the two. Nothing may, but for the moment of a notice in
# eval-plan-qual and eval-plan-qual-trigger: the answer of a statement that calls a function made a
# moment ago is withheld as a whole. (With transaction pooling the tester, which looks for the locks
# of the process that a session began with, waits for ever.)
#
#   isolation.sh SOURCES        SOURCES: the unpacked sources of PostgreSQL, of the server's major
#                               version
#
# Needs what run.sh needs, takes the same variables, and leaves its folder for a look at it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dist=${DIST:-$here/../../../target/tenantgate}
bin=${PGBINDIR:-/usr/lib/postgresql/15/bin}
base_port=${BASE_PORT:-25460}
work=${WORK:-$(mktemp -d /tmp/tenantgate-isolation.XXXXXX)}
sources=$(cd "${1:?the folder of the sources of PostgreSQL}" && pwd)
suite=$sources/src/test/isolation
tester=$("$bin/pg_config" --pkglibdir)/pgxs/src/test/isolation/pg_isolation_regress
database=isolation_regression

as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    (cd "$work" && runuser -u postgres -- "$@")
  else
    (cd "$work" && "$@")
  fi
}

start_server() {
  as_postgres "$bin/initdb" -D "$work/data" -U postgres -A trust -E UTF8 --locale=C -N \
    > "$work/initdb.log"
  cat >> "$work/data/postgresql.conf" <<CONF
port = $base_port
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
fsync = off
max_prepared_transactions = 10
CONF
  as_postgres "$bin/pg_ctl" -D "$work/data" -l "$work/server.log" -w start > /dev/null
}

start_gateway() {
  mkdir -p "$work/migrations"
  cat > "$work/gateway.yaml" <<CONF
listen:
  address: 127.0.0.1:$((base_port + 1))
admin:
  address: 127.0.0.1:$((base_port + 2))
database:
  url: postgresql://postgres@127.0.0.1:$base_port/$database
  others: pass
migrations:
  locations: [$work/migrations]
CONF
  "$dist/bin/tenantgate" serve --config "$work/gateway.yaml" > "$work/gateway.log" 2>&1 &
  gateway=$!
  until "$bin/pg_isready" -q -h 127.0.0.1 -p $((base_port + 1)); do
    kill -0 "$gateway" || { cat "$work/gateway.log"; exit 1; }
    sleep 0.2
  done
}

run_suite() { # NAME PORT
  mkdir -p "$work/$1"
  if [ "$(id -u)" = 0 ]; then
    chown postgres "$work/$1"
  fi
  as_postgres "$tester" --use-existing --dbname="$database" --user=postgres --host=127.0.0.1 \
    --port="$2" --bindir="$bin" --inputdir="$suite" --outputdir="$work/$1" \
    --schedule="$suite/isolation_schedule" > "$work/$1.log" 2>&1 || true
  tail -n 12 "$work/$1.log" | grep -E 'tests (passed|failed)|All ' || true
}

new_database() {
  "$bin/psql" -X -q -h 127.0.0.1 -p "$base_port" -U postgres postgres \
    -c "DROP DATABASE IF EXISTS $database" -c "CREATE DATABASE $database TEMPLATE template0" \
    -c "ALTER DATABASE $database SET lc_messages TO 'C'" 2> /dev/null
}

gateway=
trap '[ -z "$gateway" ] || kill "$gateway" || true;
      as_postgres "$bin/pg_ctl" -D "$work/data" -m fast -w stop > /dev/null 2>&1 || true' EXIT
mkdir -p "$work"
if [ "$(id -u)" = 0 ]; then
  chown postgres "$work"
fi
echo "everything is in $work"
start_server
new_database
run_suite direct "$base_port"
new_database
start_gateway
run_suite gateway $((base_port + 1))
kill "$gateway"
wait "$gateway" || true
gateway=
diff -r "$work/direct/results" "$work/gateway/results" > "$work/differences" &&
  { echo "no difference in $(ls "$work/direct/results" | grep -c '\.out$') specs"; exit 0; }
echo "differences, in $work/differences:"
head -n 40 "$work/differences"
exit 1
