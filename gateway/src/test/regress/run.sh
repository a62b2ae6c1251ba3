#!/usr/bin/env bash
# PostgreSQL's own regression suite, once at the server itself and once through the gateway, and
# what differs between the two. Nothing may.
#
#   run.sh SOURCES [TEST…]      SOURCES: the unpacked sources of PostgreSQL, of the server's major
#                               version; TEST…: these tests instead of the whole schedule
#
# Needs the server, pg_regress and the headers (Debian: postgresql-15, postgresql-contrib,
# postgresql-server-dev-15; `apt-get source postgresql-15`), a C compiler, and the distribution
# (`mvn -q -DskipTests package`). As root, everything but the gateway runs as user postgres.
# MODE is the kind of pooling, session if it isn't said. With transaction pooling five files differ:
# guc, prepare and sysviews list statements and channels that aren't the session's own, stats counts
# the server's sessions, and temp finds a temporary schema that was there before.
# PGBINDIR is where the server's programs are, PSQLDIR where psql is, which should be of the sources'
# very version; BASE_PORT the first of three ports, WORK the folder that everything is made in; it
# stays, for a look at it.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dist=${DIST:-$here/../../../target/tenantgate}
bin=${PGBINDIR:-/usr/lib/postgresql/15/bin}
psql_dir=${PSQLDIR:-$bin}
base_port=${BASE_PORT:-25430}
mode=${MODE:-session}
work=${WORK:-$(mktemp -d /tmp/tenantgate-regress.XXXXXX)}
sources=$(cd "${1:?the folder of the sources of PostgreSQL}" && pwd)
shift
suite=$sources/src/test/regress
pkglib=$("$bin/pg_config" --pkglibdir)
pg_regress=$pkglib/pgxs/src/test/regress/pg_regress

as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    (cd "$work" && runuser -u postgres -- "$@")
  else
    (cd "$work" && "$@")
  fi
}

build_library() {
  mkdir -p "$work/lib"
  cc -shared -fPIC -O2 "-I$("$bin/pg_config" --includedir-server)" \
    -o "$work/lib/regress.so" "$suite/regress.c"
  cp "$pkglib/autoinc.so" "$pkglib/refint.so" "$work/lib/"
}

start_server() { # NAME
  as_postgres "$bin/initdb" -D "$work/$1-data" -U postgres -A trust -E UTF8 --locale=C -N \
    > "$work/$1-initdb.log"
  cat >> "$work/$1-data/postgresql.conf" <<CONF
port = $base_port
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
fsync = off
max_prepared_transactions = 2
CONF
  as_postgres "$bin/pg_ctl" -D "$work/$1-data" -l "$work/$1-server.log" -w start > /dev/null
}

stop_server() { # NAME
  as_postgres "$bin/pg_ctl" -D "$work/$1-data" -m fast -w stop > /dev/null || true
}

prepare_database() {
  local psql=("$bin/psql" -X -q -h 127.0.0.1 -p "$base_port" -U postgres postgres)
  "${psql[@]}" -c 'CREATE DATABASE regression TEMPLATE template0'
  for setting in "lc_messages TO 'C'" "lc_monetary TO 'C'" "lc_numeric TO 'C'" "lc_time TO 'C'" \
    "bytea_output TO 'hex'" "timezone_abbreviations TO 'Default'"; do
    "${psql[@]}" -c "ALTER DATABASE regression SET $setting"
  done
}

# The gateway stands beside the server in both runs, so that its own tables and sessions are there
# in both. The gate is in front of the suite's own database.
start_gateway() { # NAME
  mkdir -p "$work/migrations"
  local pool=
  if [ "$mode" = transaction ]; then
    pool="pool: {mode: transaction, size: 40}
auth: {method: trust}"
  fi
  cat > "$work/gateway.yaml" <<CONF
listen:
  address: 127.0.0.1:$((base_port + 1))
admin:
  address: 127.0.0.1:$((base_port + 2))
database:
  url: postgresql://postgres@127.0.0.1:$base_port/regression
  others: pass
migrations:
  locations: [$work/migrations]
$pool
CONF
  "$dist/bin/tenantgate" serve --config "$work/gateway.yaml" > "$work/$1-gateway.log" 2>&1 &
  gateway=$!
  until "$bin/pg_isready" -q -h 127.0.0.1 -p $((base_port + 1)); do
    kill -0 "$gateway" || { cat "$work/$1-gateway.log"; exit 1; }
    sleep 0.2
  done
}

run_suite() { # NAME PORT [TEST…]
  local name=$1 port=$2
  shift 2
  local what=("--schedule=$suite/parallel_schedule")
  if [ $# -gt 0 ]; then
    what=("$@")
  fi
  rm -rf "$work/out"
  mkdir -p "$work/out"
  if [ "$(id -u)" = 0 ]; then
    chown postgres "$work/out"
  fi
  start_server "$name"
  prepare_database
  start_gateway "$name"
  as_postgres "$pg_regress" --use-existing --dbname=regression --user=postgres --host=127.0.0.1 \
    --port="$port" --bindir="$psql_dir" --dlpath="$work/lib" --inputdir="$suite" \
    --outputdir="$work/out" --max-concurrent-tests=20 "${what[@]}" > "$work/$name.log" 2>&1 || true
  tail -n 12 "$work/$name.log" | grep -E 'tests (passed|failed)|All ' || true
  kill "$gateway"
  wait "$gateway" || true
  gateway=
  stop_server "$name"
  rm -rf "${work:?}/$name"
  mv "$work/out" "$work/$name"
}

gateway=
trap '[ -z "$gateway" ] || kill "$gateway" || true; stop_server direct 2> /dev/null;
      stop_server gateway 2> /dev/null' EXIT
mkdir -p "$work"
if [ "$(id -u)" = 0 ]; then
  chown postgres "$work"
fi
build_library
echo "everything is in $work"
run_suite direct "$base_port" "$@"
run_suite gateway $((base_port + 1)) "$@"
diff -r "$work/direct/results" "$work/gateway/results" > "$work/differences" &&
  { echo "no difference in $(ls "$work/direct/results" | grep -c '\.out$') tests"; exit 0; }
echo "differences, in $work/differences:"
head -n 40 "$work/differences"
exit 1
