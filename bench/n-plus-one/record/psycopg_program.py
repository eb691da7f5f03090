"""psycopg 3 with parameters bound by the server, pipelines and COPY: plain SQL of an agent builder."""
import os
import time

import psycopg
from psycopg.rows import dict_row

from recording import alike, begin, duplicate, end, traceparent, true

url = os.environ["DATABASE_URL"]
connection = psycopg.connect(url, autocommit=True, row_factory=dict_row)
run = connection.execute


def rows(text, values=()):
    return run(text, values).fetchall()


rows("SELECT 1")
with true("owner of each run", "FROM workflows", "a function that loads what it needs, called for each run"):
    for row in rows("SELECT id, workflow_id FROM executions ORDER BY id DESC LIMIT %s", (17,)):
        rows("SELECT w.name, a.name AS agent FROM workflows w JOIN agents a ON a.id = w.agent_id WHERE w.id = %s", (row["workflow_id"],))
with true("last message of each", "FROM messages", "ORDER BY and LIMIT 1 for each"):
    for row in rows("SELECT id FROM executions LIMIT 9"):
        rows("SELECT content FROM messages WHERE execution_id = %s ORDER BY id DESC LIMIT 1", (row["id"],))
with true("sum for each by a CTE", "WITH used", "a CTE with the key in it"):
    for row in rows("SELECT id FROM workflows LIMIT 8"):
        rows("WITH used AS (SELECT tokens FROM executions WHERE workflow_id = %s) SELECT sum(tokens) FROM used", (row["id"],))
with true("tags by a set in the row", "FROM tags", "each row's own small list of keys"):
    for row in rows("SELECT agent_id, array_agg(tag_id) AS tag_ids FROM agent_tags GROUP BY agent_id ORDER BY agent_id LIMIT 14"):
        rows("SELECT name FROM tags WHERE id = ANY(%s)", (row["tag_ids"],))
with true("executemany of inserts in a pipeline", "INSERT INTO messages", "one Execute for each row"):
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO messages (execution_id, role, content) VALUES (%s, %s, %s)", [(5, "user", f"line {n}") for n in range(25)])
with true("insert with what it returns", ["INSERT INTO executions", "INSERT INTO messages"], "a run for each workflow, and a message for each run"), connection.transaction():
    for row in rows("SELECT id FROM workflows ORDER BY id LIMIT 7"):
        made = run("INSERT INTO executions (workflow_id, status) VALUES (%s, 'queued') RETURNING id", (row["id"],)).fetchone()
        run("INSERT INTO messages (execution_id, role, content) VALUES (%s, 'system', 'begin')", (made["id"],))
with true("conditional update", "UPDATE executions", "each row by key and the state it must have"), connection.transaction():
    for row in rows("SELECT id, status FROM executions ORDER BY id LIMIT 10"):
        run("UPDATE executions SET status = %s WHERE id = %s AND status = %s", ("done", row["id"], row["status"]))
with true("document look-up", "@>", "containment of a document for each row"):
    run("CREATE TEMP TABLE documents AS SELECT n AS id, jsonb_build_object('agent', n) AS body FROM generate_series(1, 50) n")
    for row in rows("SELECT id FROM agents ORDER BY id LIMIT 9"):
        rows("SELECT id FROM documents WHERE body @> jsonb_build_object('agent', %s::int)", (row["id"],))
with true("walk up to the owners", "FROM agents", "two look-ups a comment, among other statements"):
    for row in rows("SELECT subject_id FROM comments WHERE subject_type = 'agent' ORDER BY id LIMIT 11"):
        rows("SELECT set_config('app.team', '1', false)")
        rows("SELECT team_id FROM agents WHERE id = %s", (row["subject_id"],))
with true("two loops after one list", ["FROM teams", "count(*)"], "the same list is looped over twice"):
    agents = rows("SELECT id, team_id FROM agents ORDER BY id LIMIT 12")
    for row in agents:
        rows("SELECT name FROM teams WHERE id = %s", (row["team_id"],))
    for row in agents:
        rows("SELECT count(*) FROM workflows WHERE agent_id = %s", (row["id"],))

with alike("COPY in and out", "six of each"):
    with connection.cursor() as cursor:
        for number in range(6):
            with cursor.copy("COPY messages (execution_id, role, content) FROM STDIN") as copy:
                for n in range(30):
                    copy.write_row((number, "user", str(n)))
            with cursor.copy("COPY (SELECT id FROM messages LIMIT 20) TO STDOUT") as copy:
                list(copy.rows())
with alike("server-side cursor", "FETCHes of a named cursor"), connection.transaction():
    with connection.cursor("exported") as cursor:
        cursor.itersize = 400
        cursor.execute("SELECT id FROM executions ORDER BY id")
        list(cursor)
with alike("export by ranges of keys", "BETWEEN the ends of each slice"):
    for start in range(0, 1400, 100):
        rows("SELECT id FROM executions WHERE id BETWEEN %s AND %s", (start, start + 99))
with alike("partitions of a day", "range by hour, with a sum"):
    for hour in range(15):
        rows("SELECT sum(tokens) FROM executions WHERE started_at >= timestamptz '2026-01-02' + %s * interval '1 hour' AND started_at < timestamptz '2026-01-02' + %s * interval '1 hour'", (hour, hour + 1))
with alike("temporary tables", "made, filled and dropped for a report"):
    for number in range(6):
        run(f"CREATE TEMP TABLE report_{number} AS SELECT id FROM executions WHERE tokens = {number}")
        rows(f"SELECT count(*) FROM report_{number}")
        run(f"DROP TABLE report_{number}")
with alike("row-level security", "the tenant is set before each of three questions"):
    for text in ("SELECT count(*) FROM agents", "SELECT count(*) FROM workflows", "SELECT count(*) FROM teams"):
        run("SELECT set_config('app.tenant', %s, false)", ("7",))
        rows(text)
with alike("steps of an agent", "one update of one run for each step, with thinking in between"):
    for number in range(8):
        run("UPDATE executions SET tokens = tokens + %s WHERE id = 4", (number,))
        run("INSERT INTO messages (execution_id, role, content) VALUES (4, 'assistant', %s)", (f"step {number}",))
        time.sleep(0.12)
with alike("upsert in chunks", "five statements of 24 rows"):
    for number in range(5):
        run("INSERT INTO usage_days SELECT id, date '2028-01-01' + %s::int, 1 FROM teams ON CONFLICT (team_id, day) DO UPDATE SET tokens = 1", (number,))
with alike("checks of rights", "by words, of one request"):
    for right in ("run", "read", "edit", "share", "invite"):
        rows("SELECT 1 FROM tags WHERE name = %s", (right,))
with alike("progress of one run", "the same row is written ten times"):
    for number in range(10):
        run("UPDATE executions SET tokens = %s WHERE id = %s", (number * 10, 3))
with alike("one statement a feature", "ten different questions of one page"):
    for table in ("teams", "agents", "workflows", "executions", "messages", "tags", "agent_tags", "comments", "jobs", "counters"):
        rows(f"SELECT count(*) FROM {table}")
with alike("versions of a schema", "checks what is there before it adds it"):
    for number in range(6):
        rows("SELECT to_regclass(%s)", (f"feature_{number}",))
        run(f"CREATE TABLE IF NOT EXISTS feature_{number} (id int)")
with duplicate("settings in each step", "FROM counters", "a pure function reads the setting each time"):
    rows("SELECT id FROM agents LIMIT 8")
    for number in range(8):
        rows("SELECT value FROM counters WHERE name = %s", ("runs",))
first = begin("two lists at once, one", "n-plus-one", "two exchanges loop at the same time, told apart by traces", ["FROM teams"])
second = begin("two lists at once, two", "nothing", "three look-ups beside the other's ten", [])
for number in range(10):
    rows(f"SELECT name FROM teams WHERE id = %s {traceparent(first)}", (number + 1,)) if number else rows(f"SELECT id FROM teams LIMIT 9 {traceparent(first)}")
    if number < 3:
        rows(f"SELECT name FROM teams WHERE id = %s {traceparent(second)}", (number + 1,))
end("two lists at once, one")
end("two lists at once, two")
