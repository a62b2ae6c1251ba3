# Sourced by run.sh and isolation.sh: a server and a gateway in a folder of their own.
#
# Needs the server, its test programs and headers (Debian: postgresql-15, postgresql-contrib,
# postgresql-server-dev-15; `apt-get source postgresql-15`), a C compiler, and the distribution
# (`mvn -q -DskipTests package`). As root, everything but the gateway runs as user postgres.
# PGBINDIR is the folder of the server's programs; BASE_PORT the first of three ports; WORK the
# folder that everything is made in, which stays for a look at it.
# shellcheck shell=bash

dist=${DIST:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/../../../target/tenantgate}
bin=${PGBINDIR:-/usr/lib/postgresql/15/bin}
base_port=${BASE_PORT:-25430}
gateway_port=$((base_port + 1))
gateway=
data=

as_postgres() {
  if [ "$(id -u)" = 0 ]; then
    (cd "$work" && runuser -u postgres -- "$@")
  else
    (cd "$work" && "$@")
  fi
}

# Folders that the server and its test programs write to.
make_folder() { # PATH
  mkdir -p "$1"
  if [ "$(id -u)" = 0 ]; then
    chown postgres "$1"
  fi
}

begin() { # KIND
  work=${WORK:-$(mktemp -d "/tmp/tenantgate-$1.XXXXXX")}
  trap 'stop_gateway; stop_server' EXIT
  make_folder "$work"
  mkdir -p "$work/migrations"
  echo "everything is in $work"
}

start_server() { # NAME
  data=$work/$1-data
  as_postgres "$bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C -N \
    > "$work/$1-initdb.log"
  cat >> "$data/postgresql.conf" <<CONF
port = $base_port
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
fsync = off
max_prepared_transactions = 10
CONF
  as_postgres "$bin/pg_ctl" -D "$data" -l "$work/$1-server.log" -w start > /dev/null
}

stop_server() {
  if [ -n "$data" ]; then
    as_postgres "$bin/pg_ctl" -D "$data" -m fast -w stop > /dev/null 2>&1 || true
    data=
  fi
}

sql() { # COMMAND…
  local commands=()
  for command in "$@"; do
    commands+=(-c "$command")
  done
  "$bin/psql" -X -q -h 127.0.0.1 -p "$base_port" -U postgres postgres "${commands[@]}" 2> /dev/null
}

start_gateway() { # NAME DATABASE [SETTINGS]
  cat > "$work/gateway.yaml" <<CONF
listen:
  address: 127.0.0.1:$gateway_port
admin:
  address: 127.0.0.1:$((base_port + 2))
database:
  url: postgresql://postgres@127.0.0.1:$base_port/$2
  others: pass
migrations:
  locations: [$work/migrations]
${3:-}
CONF
  "$dist/bin/tenantgate" serve --config "$work/gateway.yaml" > "$work/$1-gateway.log" 2>&1 &
  gateway=$!
  until "$bin/pg_isready" -q -h 127.0.0.1 -p "$gateway_port"; do
    kill -0 "$gateway" || { cat "$work/$1-gateway.log"; exit 1; }
    sleep 0.2
  done
}

stop_gateway() {
  if [ -n "$gateway" ]; then
    kill "$gateway" || true
    wait "$gateway" || true
    gateway=
  fi
}

summary() { # NAME
  tail -n 12 "$work/$1.log" | grep -E 'tests (passed|failed)|All ' || true
}

# Compares the results of both runs, and ends the script.
compare() { # NOUN
  diff -r "$work/direct/results" "$work/gateway/results" > "$work/differences" &&
    { echo "no difference in $(ls "$work/direct/results" | grep -c '\.out$') $1"; exit 0; }
  echo "differences, in $work/differences:"
  head -n 40 "$work/differences"
  exit 1
}
