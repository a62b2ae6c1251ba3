#!/usr/bin/env bash
# PostgreSQL's own regression suite, once at the server itself and once through the gateway, and
# the differences between the two. There may be none.
#
#   run.sh SOURCES [TEST…]      SOURCES: the unpacked sources of PostgreSQL, of the server's major
#                               version; TEST…: these tests instead of the whole schedule
#
# ground.sh says what is needed. MODE is the kind of pooling, session by default. With transaction
# pooling five files differ: guc, prepare and sysviews list statements and channels that aren't the
# session's own, stats counts the server's sessions, and temp finds a temporary schema that was
# there before. PSQLDIR is the folder of psql, which should be of the sources' very version.
set -euo pipefail

. "$(dirname "$0")/ground.sh"
psql_dir=${PSQLDIR:-$bin}
mode=${MODE:-session}
sources=$(cd "${1:?the folder of the sources of PostgreSQL}" && pwd)
shift
suite=$sources/src/test/regress
pkglib=$("$bin/pg_config" --pkglibdir)
pg_regress=$pkglib/pgxs/src/test/regress/pg_regress

build_library() {
  mkdir -p "$work/lib"
  cc -shared -fPIC -O2 "-I$("$bin/pg_config" --includedir-server)" \
    -o "$work/lib/regress.so" "$suite/regress.c"
  cp "$pkglib/autoinc.so" "$pkglib/refint.so" "$work/lib/"
}

prepare_database() {
  sql 'CREATE DATABASE regression TEMPLATE template0'
  for setting in "lc_messages TO 'C'" "lc_monetary TO 'C'" "lc_numeric TO 'C'" "lc_time TO 'C'" \
    "bytea_output TO 'hex'" "timezone_abbreviations TO 'Default'"; do
    sql "ALTER DATABASE regression SET $setting"
  done
}

# The gateway stands beside the server in both runs, so that its own tables and sessions are there
# in both. It gates the suite's own database.
run_suite() { # NAME PORT [TEST…]
  local name=$1 port=$2 pool=
  shift 2
  local tests=("--schedule=$suite/parallel_schedule")
  if [ $# -gt 0 ]; then
    tests=("$@")
  fi
  if [ "$mode" = transaction ]; then
    pool="pool: {mode: transaction, size: 40}
auth: {method: trust}"
  fi
  rm -rf "$work/out"
  make_folder "$work/out"
  start_server "$name"
  prepare_database
  start_gateway "$name" regression "$pool"
  as_postgres "$pg_regress" --use-existing --dbname=regression --user=postgres --host=127.0.0.1 \
    --port="$port" --bindir="$psql_dir" --dlpath="$work/lib" --inputdir="$suite" \
    --outputdir="$work/out" --max-concurrent-tests=20 "${tests[@]}" > "$work/$name.log" 2>&1 || true
  summary "$name"
  stop_gateway
  stop_server
  rm -rf "${work:?}/$name"
  mv "$work/out" "$work/$name"
}

begin regress
build_library
run_suite direct "$base_port" "$@"
run_suite gateway "$gateway_port" "$@"
compare tests
