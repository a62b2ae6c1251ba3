"""psycopg 3: SET search_path at each checkout, statements prepared by the server."""

import os
import threading

import psycopg

ROUNDS = 40
failures = []


def connect(**options):
    return psycopg.connect(
        host=os.environ["HOST"],
        port=os.environ["PORT"],
        dbname="app",
        user="app",
        password="secret",
        prepare_threshold=1,
        autocommit=True,
        **options,
    )


def request(connection, tenant):
    connection.execute("SELECT set_config('search_path', %s, false)", [f"tenant_{tenant}"])
    with connection.transaction():
        connection.execute("INSERT INTO item(name) VALUES (%s)", [tenant])
        try:
            with connection.transaction():
                connection.execute("SELECT 1 / %s", [0])
        except psycopg.errors.DivisionByZero:
            pass
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute("SELECT DISTINCT name, note, (SELECT tenant FROM mark) FROM item")
        found = rows.fetchall()
    if found != [(tenant, "new", tenant)]:
        failures.append((tenant, found))
    with connection.pipeline():
        cursors = [connection.execute("SELECT tenant, %s::int FROM mark", [i]) for i in range(5)]
    if [c.fetchone() for c in cursors] != [(tenant, i) for i in range(5)]:
        failures.append((tenant, "pipeline"))


def worker(number):
    try:
        with connect() as connection:
            for i in range(ROUNDS):
                request(connection, ("acme", "globex")[(i + number) % 2])
    except Exception as e:  # noqa: BLE001
        failures.append(repr(e))


with connect(options="-c search_path=tenant_acme") as acme:
    request(acme, "acme")
    request(acme, "globex")  # lags until this
threads = [threading.Thread(target=worker, args=(n,)) for n in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not failures, failures[:3]
print(f"psycopg {psycopg.__version__}, {8 * ROUNDS} requests")
