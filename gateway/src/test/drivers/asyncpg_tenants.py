"""asyncpg: its pool, with SET search_path at each acquire, its statement cache and its reset."""

import asyncio
import os

import asyncpg

ROUNDS = 40


async def request(pool, tenant):
    async with pool.acquire() as connection:
        await connection.execute(f"SET search_path TO tenant_{tenant}, public")
        async with connection.transaction():
            await connection.execute("INSERT INTO item(name) VALUES ($1)", tenant)
            try:
                async with connection.transaction():
                    await connection.fetchval("SELECT 1 / $1::int", 0)
            except asyncpg.DivisionByZeroError:
                pass
            count = 0
            async for row in connection.cursor("SELECT name FROM item", prefetch=3):
                assert row["name"] == tenant
                count += 1
            assert count > 0
        rows = await connection.fetch(
            "SELECT DISTINCT name, note, (SELECT tenant FROM mark) AS mark FROM item"
        )
        assert [tuple(row) for row in rows] == [(tenant, "new", tenant)], (tenant, rows)


async def worker(pool, number):
    for i in range(ROUNDS):
        await request(pool, ("acme", "globex")[(i + number) % 2])


async def main():
    pool = await asyncpg.create_pool(
        host=os.environ["HOST"],
        port=int(os.environ["PORT"]),
        database="app",
        user="app",
        password="secret",
        min_size=8,
        max_size=8,
    )
    await request(pool, "acme")
    await request(pool, "globex")  # lags until this
    await asyncio.gather(*(worker(pool, number) for number in range(8)))
    await pool.close()


asyncio.run(main())
print(f"asyncpg {asyncpg.__version__}, {8 * ROUNDS} requests")
