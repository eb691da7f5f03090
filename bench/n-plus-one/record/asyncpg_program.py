"""asyncpg: named statements, binary parameters, portals, COPY."""
import asyncio
import datetime
import os

import asyncpg

from recording import alike, duplicate, true


async def main():
    pool = await asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=4, max_size=4)

    with true("fetchrow in a loop", "FROM teams", "a look-up for each row"):
        for row in await pool.fetch("SELECT id, team_id FROM agents ORDER BY id LIMIT $1", 19):
            await pool.fetchrow("SELECT name FROM teams WHERE id = $1", row["team_id"])
    with true("gather", "FROM workflows", "all at once on four connections"):
        rows = await pool.fetch("SELECT id FROM agents ORDER BY id LIMIT 15")
        await asyncio.gather(*(pool.fetch("SELECT id FROM workflows WHERE agent_id = $1", row["id"]) for row in rows))
    with true("rows of a cursor", "FROM agents", "a portal read in pieces, one look-up for each row"):
        async with pool.acquire() as one, pool.acquire() as two, one.transaction():
            async for row in one.cursor("SELECT agent_id FROM workflows WHERE id <= 60 ORDER BY id", prefetch=20):
                await two.fetchval("SELECT name FROM agents WHERE id = $1", row["agent_id"])
    with true("executemany of writes", "UPDATE executions", "one Execute for each row, pipelined"):
        rows = await pool.fetch("SELECT id, status FROM executions ORDER BY id LIMIT 20")
        await pool.executemany("UPDATE executions SET status = $2 WHERE id = $1", [(row["id"], row["status"]) for row in rows])
    with true("insert in a loop", "INSERT INTO messages", "a loop over a list of the request"):
        for number in range(15):
            await pool.execute("INSERT INTO messages (execution_id, role, content) VALUES ($1, $2, $3)", 8, "user", f"line {number}")
    with true("key and own date", "FROM executions", "two values differ, one beside >="):
        for row in await pool.fetch("SELECT id, created_at FROM workflows ORDER BY id LIMIT 12"):
            await pool.fetch("SELECT id FROM executions WHERE workflow_id = $1 AND started_at >= $2", row["id"], row["created_at"])
    with true("in a prepared statement", "FROM comments", "prepared once, executed for each"):
        async with pool.acquire() as connection:
            prepared = await connection.prepare("SELECT body FROM comments WHERE subject_type = $1 AND subject_id = $2")
            for row in await connection.fetch("SELECT id FROM agents LIMIT 11"):
                await prepared.fetch("agent", row["id"])

    with alike("= ANY in chunks", "seven arrays of 40 keys, binary"):
        for start in range(0, 280, 40):
            await pool.fetch("SELECT id, status FROM executions WHERE id = ANY($1::int[])", list(range(start, start + 40)))
    with alike("cursor", "a portal read in pieces"):
        async with pool.acquire() as connection, connection.transaction():
            async for _ in connection.cursor("SELECT * FROM executions ORDER BY id", prefetch=500):
                pass
    with alike("copy", "six binary COPYs"):
        async with pool.acquire() as connection:
            for number in range(6):
                await connection.copy_records_to_table("messages", columns=["execution_id", "role", "content"], records=[(number, "user", str(n)) for n in range(50)])
    with alike("types of a connection", "codecs: asyncpg asks pg_type about each type it does not know"):
        connection = await asyncpg.connect(os.environ["DATABASE_URL"])
        for name in ("mood", "pace", "tone", "size", "role_kind", "state_kind"):
            await connection.execute(f"CREATE TYPE {name} AS ENUM ('a', 'b')")
            await connection.fetch(f"SELECT 'a'::{name}")
        await connection.close()
    with alike("offset pages", "an export"):
        for page in range(9):
            await pool.fetch("SELECT id FROM messages ORDER BY id LIMIT 70 OFFSET $1", page * 70)
    with alike("keyset pages by date", "only the date moves"):
        at = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
        for _ in range(8):
            at = (await pool.fetch("SELECT started_at FROM executions WHERE started_at > $1 ORDER BY started_at LIMIT 40", at))[-1]["started_at"]
    with alike("reset of a pool", "what acquire and release send"):
        for _ in range(12):
            async with pool.acquire() as connection:
                await connection.fetchval("SELECT 1")
    with alike("unnest in chunks", "five arrays"):
        for number in range(5):
            await pool.execute("INSERT INTO messages (execution_id, role, content) SELECT $1, 'user', * FROM unnest($2::text[])", number, [str(n) for n in range(30)])
    with alike("subscriptions", "LISTEN and pg_notify"):
        async with pool.acquire() as connection:
            await connection.add_listener("things", lambda *_: None)
            for number in range(8):
                await connection.execute("SELECT pg_notify('things', $1)", str(number))
    with duplicate("the same at once", "FROM sessions", "gather of one question"):
        await asyncio.gather(*(pool.fetchrow("SELECT user_name FROM sessions WHERE id = $1", "session-1") for _ in range(8)))
    await pool.close()


asyncio.run(main())
