#!/usr/bin/env bash
# PostgreSQL's own isolation suite, once at the server itself and once through the gateway, with
# session pooling, and the differences between the two. There may be none, but for the moment of a
# notice in eval-plan-qual and eval-plan-qual-trigger: the gateway withholds the whole answer of a
# statement that calls a function made a moment ago. (With transaction pooling the tester waits for
# ever: it looks for the locks of the process that a session began with.)
#
#   isolation.sh SOURCES        SOURCES: the unpacked sources of PostgreSQL, of the server's major
#                               version
#
# ground.sh says what is needed.
set -euo pipefail

. "$(dirname "$0")/ground.sh"
sources=$(cd "${1:?the folder of the sources of PostgreSQL}" && pwd)
suite=$sources/src/test/isolation
tester=$("$bin/pg_config" --pkglibdir)/pgxs/src/test/isolation/pg_isolation_regress
database=isolation_regression

run_suite() { # NAME PORT
  make_folder "$work/$1"
  as_postgres "$tester" --use-existing --dbname="$database" --user=postgres --host=127.0.0.1 \
    --port="$2" --bindir="$bin" --inputdir="$suite" --outputdir="$work/$1" \
    --schedule="$suite/isolation_schedule" > "$work/$1.log" 2>&1 || true
  summary "$1"
}

new_database() {
  sql "DROP DATABASE IF EXISTS $database" "CREATE DATABASE $database TEMPLATE template0" \
    "ALTER DATABASE $database SET lc_messages TO 'C'"
}

begin isolation
start_server isolation
new_database
run_suite direct "$base_port"
new_database
start_gateway isolation "$database"
run_suite gateway "$gateway_port"
compare specs
