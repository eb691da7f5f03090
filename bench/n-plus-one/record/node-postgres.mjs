/** Plain SQL on node-postgres, with DataLoader where a resolver should have one. */
import {
  alike,
  begin,
  databaseUrl,
  duplicate,
  end,
  finish,
  packages,
  pause,
  range,
  traceparent,
  truly,
} from './recording.mjs';

const pg = packages('pg');
const DataLoader = packages('dataloader');
const pool = new pg.Pool({ connectionString: databaseUrl, max: 6 });
const rows = async (text, values) => (await pool.query(text, values)).rows;

const agents = (limit) => rows('SELECT id, team_id, name FROM agents ORDER BY id LIMIT $1', [limit]);
const team = async (id) => (await rows('SELECT id, name FROM teams WHERE id = $1', [id]))[0];

await pool.query(
  "CREATE FUNCTION format_agent(int) RETURNS text LANGUAGE sql AS 'SELECT name FROM agents WHERE id = $1'",
);

await truly('look-up for each row', 'FROM teams', 'await in a for loop', async () => {
  for (const agent of await agents(20)) await team(agent.team_id);
});
await truly('all at once', 'FROM teams', 'Promise.all over the rows', async () => {
  await Promise.all((await agents(22)).map((agent) => team(agent.team_id)));
});
await truly(
  'two look-ups interleaved',
  ['FROM teams', 'FROM workflows'],
  'two loops at the same time',
  async () => {
    const list = await agents(12);
    await Promise.all([
      (async () => {
        for (const agent of list) await team(agent.team_id);
      })(),
      (async () => {
        for (const agent of list) await rows('SELECT id FROM workflows WHERE agent_id = $1', [agent.id]);
      })(),
    ]);
  },
);
await truly(
  'resolvers without a loader',
  ['FROM teams', 'FROM workflows', 'FROM executions'],
  'GraphQL: each field asks by itself',
  async () => {
    await Promise.all(
      (await agents(7)).map(async (agent) => {
        const [, flows] = await Promise.all([
          team(agent.team_id),
          rows('SELECT id FROM workflows WHERE agent_id = $1 ORDER BY id LIMIT 3', [agent.id]),
        ]);
        await Promise.all(
          flows.map((flow) => rows('SELECT status FROM executions WHERE workflow_id = $1', [flow.id])),
        );
      }),
    );
  },
);
await truly(
  'a loader that is broken by awaiting',
  'FROM teams',
  'each load is awaited alone, so each batch has one key',
  async () => {
    const loader = new DataLoader(async (ids) => {
      const found = await rows('SELECT id, name FROM teams WHERE id = ANY($1)', [ids]);
      return ids.map((id) => found.find((each) => each.id === id));
    });
    for (const agent of await agents(15)) await loader.load(agent.team_id);
  },
);
await truly(
  'named statement',
  'FROM agents WHERE id',
  'a prepared statement executed for each row',
  async () => {
    for (const flow of await rows('SELECT agent_id FROM workflows ORDER BY id LIMIT 16'))
      await pool.query({
        name: 'agent',
        text: 'SELECT name FROM agents WHERE id = $1',
        values: [flow.agent_id],
      });
  },
);
await truly('insert for each line', 'INSERT INTO messages', 'a loop over the request body', async () => {
  for (const line of range(18))
    await rows('INSERT INTO messages (execution_id, role, content) VALUES ($1, $2, $3)', [
      4,
      'user',
      `line ${line}`,
    ]);
});
await truly(
  'upsert for each',
  'INSERT INTO usage_days',
  'one ON CONFLICT statement for each team',
  async () => {
    for (const { id } of await rows('SELECT id FROM teams'))
      await rows(
        "INSERT INTO usage_days VALUES ($1, '2026-02-01', 1) ON CONFLICT (team_id, day) DO UPDATE SET tokens = excluded.tokens",
        [id],
      );
  },
);
await truly('delete all at once', 'DELETE FROM comments', 'Promise.all of deletions', async () => {
  const list = await rows('SELECT id FROM comments ORDER BY id DESC LIMIT 10');
  await Promise.all(list.map(({ id }) => rows('DELETE FROM comments WHERE id = $1', [id])));
});
await truly('in a transaction', 'UPDATE workflows', 'reads with FOR UPDATE and writes each row', async () => {
  const client = await pool.connect();
  await client.query('BEGIN');
  const { rows: list } = await client.query('SELECT id FROM workflows WHERE id <= 12 ORDER BY id FOR UPDATE');
  for (const { id } of list) await client.query("UPDATE workflows SET state = 'live' WHERE id = $1", [id]);
  await client.query('COMMIT');
  client.release();
});
await truly(
  'look-ups by a word',
  'FROM agents WHERE slug',
  'a natural key: slugs of another list',
  async () => {
    for (const { slug } of await rows('SELECT slug FROM agents ORDER BY id LIMIT 9'))
      await rows('SELECT id FROM agents WHERE slug = $1', [slug]);
  },
);
await truly('two keys', 'FROM agent_tags', 'a pair of keys for each row', async () => {
  for (const { agent_id, tag_id } of await rows('SELECT agent_id, tag_id FROM agent_tags LIMIT 13'))
    await rows('SELECT 1 FROM agent_tags WHERE agent_id = $1 AND tag_id = $2', [agent_id, tag_id]);
});
await truly('key and date', 'FROM executions', 'the key differs and so does a date beside <', async () => {
  for (const { id, created_at } of await rows('SELECT id, created_at FROM workflows ORDER BY id LIMIT 14'))
    await rows(
      'SELECT id FROM executions WHERE workflow_id = $1 AND started_at < $2 ORDER BY id DESC LIMIT 1',
      [id, created_at],
    );
});
await truly('first page of each', 'FROM workflows', 'three workflows of each agent', async () => {
  for (const { id } of await agents(10))
    await rows('SELECT id, name FROM workflows WHERE agent_id = $1 ORDER BY id DESC LIMIT 3 OFFSET 0', [id]);
});
await truly('function for each', 'format_agent', 'a database function called for each row', async () => {
  for (const { id } of await agents(12)) await rows('SELECT format_agent($1)', [id]);
});
await truly(
  'behind a session look-up',
  'FROM teams',
  'a middleware, then the list and its look-ups',
  async () => {
    await rows('SELECT user_name FROM sessions WHERE id = $1', ['session-2']);
    for (const agent of await agents(8)) await team(agent.team_id);
  },
);
await truly(
  'many rows, few teams',
  'FROM teams',
  'no cache: 40 rows of 4 teams are 40 look-ups',
  async () => {
    for (const agent of await rows(
      'SELECT team_id FROM agents WHERE team_id <= 4 UNION ALL SELECT team_id FROM agents WHERE team_id <= 4',
    ))
      await team(agent.team_id);
  },
);
await truly(
  'with sqlcommenter',
  'FROM teams',
  'two exchanges at once, told apart by their trace context',
  async (traceId) => {
    const other = await begin(
      'with sqlcommenter, the other',
      'nothing',
      'one look-up while another exchange repeats it',
      [],
    );
    const comment = traceparent(traceId);
    const list = await rows(`SELECT id, team_id FROM agents ORDER BY id LIMIT 15 ${comment}`);
    for (const agent of list) await rows(`SELECT name FROM teams WHERE id = $1 ${comment}`, [agent.team_id]);
    await rows(`SELECT name FROM teams WHERE id = $1 ${traceparent(other)}`, [3]);
    await end('with sqlcommenter, the other');
  },
);

await alike('one join', 'what the loop should be', () =>
  rows('SELECT a.*, t.name FROM agents a JOIN teams t ON t.id = a.team_id LIMIT 20'),
);
await alike('= ANY', 'one statement for all keys', async () => {
  const list = await agents(20);
  await rows('SELECT * FROM teams WHERE id = ANY($1)', [list.map(({ team_id }) => team_id)]);
});
await alike('DataLoader', 'one batch a tick and level', async () => {
  const teams = new DataLoader(async (ids) => {
    const found = await rows('SELECT id, name FROM teams WHERE id = ANY($1)', [ids]);
    return ids.map((id) => found.find((each) => each.id === id));
  });
  const flows = new DataLoader(async (ids) => {
    const found = await rows('SELECT id, agent_id FROM workflows WHERE agent_id = ANY($1)', [ids]);
    return ids.map((id) => found.filter((each) => each.agent_id === id));
  });
  await Promise.all(
    (await agents(40)).map((agent) => Promise.all([teams.load(agent.team_id), flows.load(agent.id)])),
  );
});
await alike('DataLoader with batches of 50', 'eight lists of 50 keys', async () => {
  const loader = new DataLoader(
    async (ids) => {
      const found = await rows('SELECT id, status FROM executions WHERE id = ANY($1)', [ids]);
      return ids.map((id) => found.find((each) => each.id === id));
    },
    { maxBatchSize: 50 },
  );
  await loader.loadMany((await rows('SELECT id FROM executions ORDER BY id LIMIT 400')).map(({ id }) => id));
});
await alike('a tree level by level', 'six levels, one statement a level', async () => {
  let level = [1];
  for (const depth of range(6)) {
    const found = await rows('SELECT id FROM executions WHERE workflow_id = ANY($1) AND tokens >= $2', [
      level,
      0,
    ]);
    level = [...level, ...found.slice(0, 4 * (depth + 1)).map(({ id }) => 1 + (id % 2800))];
  }
});
await alike('cursor', 'DECLARE and FETCH by hand', async () => {
  const client = await pool.connect();
  await client.query('BEGIN');
  await client.query('DECLARE c CURSOR FOR SELECT * FROM executions ORDER BY id');
  for (const _ of range(10)) await client.query('FETCH 100 FROM c');
  await client.query('COMMIT');
  client.release();
});
await alike('offset pages', 'an export', async () => {
  for (const page of range(12))
    await rows('SELECT * FROM messages ORDER BY id LIMIT $1 OFFSET $2', [100, page * 100]);
});
await alike('keyset pages of one agent', 'the key stays, the last id moves', async () => {
  let last = 0;
  for (const _ of range(7)) {
    const page = await rows('SELECT id FROM workflows WHERE agent_id = $1 AND id > $2 ORDER BY id LIMIT 3', [
      8,
      last,
    ]);
    last = page.at(-1)?.id ?? last;
  }
});
await alike('keyset pages by a row value', '(date, id) < ($1, $2)', async () => {
  let last = { started_at: new Date('2030-01-01'), id: 0 };
  for (const _ of range(9))
    last = (
      await rows(
        'SELECT id, started_at FROM executions WHERE (started_at, id) < ($1, $2) ORDER BY started_at DESC, id DESC LIMIT 30',
        [last.started_at, last.id],
      )
    ).at(-1);
});
await alike('counts by day', 'fourteen days of a chart, only dates differ', async () => {
  for (const day of range(14))
    await rows('SELECT count(*) FROM executions WHERE started_at >= $1 AND started_at < $2', [
      new Date(Date.UTC(2026, 0, 1 + day)),
      new Date(Date.UTC(2026, 0, 2 + day)),
    ]);
});
await alike('rows in chunks', 'seven multi-row inserts', async () => {
  for (const chunk of range(7)) {
    const values = range(60);
    await rows(
      `INSERT INTO messages (execution_id, role, content) VALUES ${values.map((n) => `($${n * 3 + 1}, $${n * 3 + 2}, $${n * 3 + 3})`).join(', ')}`,
      values.flatMap((n) => [chunk, 'user', `${n}`]),
    );
  }
});
await alike('unnest in chunks', 'seven arrays', async () => {
  for (const chunk of range(7))
    await rows(
      'INSERT INTO messages (execution_id, role, content) SELECT $1, $2, * FROM unnest($3::text[])',
      [chunk, 'user', range(50, String)],
    );
});
await alike('a job over the tenants', 'one INSERT … SELECT a team, each of many rows', async () => {
  for (const { id } of await rows('SELECT id FROM teams ORDER BY id LIMIT 10'))
    await rows("INSERT INTO usage_days SELECT $1, date '2027-01-01' + n, n FROM generate_series(1, 30) n", [
      id,
    ]);
});
await alike('SET before each', 'a pooler sets the role again and again', async () => {
  const client = await pool.connect();
  for (const n of range(12)) {
    await client.query(`SET application_name = 'tenant-${n}'`);
    await client.query("SELECT set_config('app.tenant', $1, false)", [`${n}`]);
  }
  client.release();
});
await alike('four of them', 'below the threshold', async () => {
  for (const agent of await agents(4)) await team(agent.team_id);
});
await alike('permissions', 'eight words of the code, after a list of ten', async () => {
  await agents(10);
  for (const word of ['read', 'write', 'share', 'delete', 'run', 'export', 'invite', 'bill'])
    await rows('SELECT count(*) FROM tags WHERE name = $1', [word]);
});
await alike('health', 'SELECT 1 by many', async () => {
  for (const _ of range(20)) await rows('SELECT 1');
});
await alike('now and sequences', 'asks no table', async () => {
  for (const _ of range(8)) {
    await rows('SELECT now()');
    await rows("SELECT nextval('messages_id_seq')");
  }
});
await alike('advisory locks', 'locks of ten keys', async () => {
  for (const n of range(14)) {
    await rows('SELECT pg_try_advisory_lock($1)', [n]);
    await rows('SELECT pg_advisory_unlock($1)', [n]);
  }
});
await alike('notifications', 'tells listeners of fourteen things', async () => {
  for (const n of range(14)) await rows('SELECT pg_notify($1, $2)', ['things', `${n}`]);
});
await alike('long poll', 'asks for what is new, ten times a second', async () => {
  for (const n of range(8)) {
    await rows('SELECT id FROM messages WHERE execution_id = $1 AND id > $2', [5, 17000 + n]);
    await pause(105);
  }
});
await alike('stream of a chat', 'each piece is stored as it arrives', async () => {
  for (const n of range(13)) {
    await rows('INSERT INTO messages (execution_id, role, content) VALUES ($1, $2, $3)', [
      6,
      'assistant',
      `token ${n}`,
    ]);
    await pause(105);
  }
});
await alike('worker', 'dequeues with DELETE … RETURNING and SKIP LOCKED', async () => {
  for (const _ of range(13)) {
    const [job] = await rows(
      'DELETE FROM jobs WHERE id = (SELECT id FROM jobs ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id',
    );
    await rows('UPDATE executions SET status = $2 WHERE id = $1', [job.id, 'done']);
  }
});
await alike('retries', 'the transaction failed five times with 40001 and is done again', async () => {
  for (const attempt of range(6)) {
    const client = await pool.connect();
    await client.query('BEGIN ISOLATION LEVEL SERIALIZABLE');
    for (const id of [1, 2, 3]) await client.query('SELECT name FROM teams WHERE id = $1', [id]);
    if (attempt < 5)
      await client
        .query("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$")
        .catch(() => undefined);
    await client.query(attempt < 5 ? 'ROLLBACK' : 'COMMIT');
    client.release();
  }
});
await duplicate('the same again', 'FROM sessions', 'each resolver asks for the session', async () => {
  await agents(9);
  for (const _ of range(9)) await rows('SELECT user_name FROM sessions WHERE id = $1', ['session-2']);
});
await duplicate('the same at once', 'FROM counters', 'Promise.all of one question', () =>
  Promise.all(range(10).map(() => rows("SELECT value FROM counters WHERE name = 'runs'"))),
);

const trace = await begin('two exchanges at once, first', 'nothing', 'three look-ups each of the same shape');
const second = await begin(
  'two exchanges at once, second',
  'nothing',
  'three look-ups each of the same shape',
);
for (const n of range(4))
  for (const id of [trace, second])
    await rows(`SELECT name FROM teams WHERE id = $1 ${traceparent(id)}`, [n + 1]);
await end('two exchanges at once, first');
await end('two exchanges at once, second');
finish();
