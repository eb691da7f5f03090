import pg from 'pg';

/** Rows of the demo: enough that a missing index is felt. */
export interface Size {
  readonly executions: number;
  readonly messages: number;
}

export const usualSize: Size = { executions: 20_000, messages: 240_000 };

/** Makes the agent builder's database on a server and fills it, the same rows each time; returns its URL. */
export async function createDatabase(
  serverUrl: string,
  name: string,
  size: Size = usualSize,
): Promise<string> {
  const url = new URL(serverUrl);
  await withClient(serverUrl, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  });
  url.pathname = `/${name}`;
  await withClient(url.href, (client) => fill(client, size));
  return url.href;
}

async function fill(client: pg.Client, size: Size): Promise<void> {
  await client.query(schema);
  await client.query(
    'INSERT INTO agents (name, model, config) SELECT $1 || n, $2, $3 FROM generate_series(1, 200) n',
    ['Agent ', 'gpt-mini', JSON.stringify({ temperature: 0.2, tools: ['search', 'calculator'] })],
  );
  await client.query(
    `INSERT INTO workflows (agent_id, name, definition)
       SELECT 1 + n % 200, 'Workflow ' || n, jsonb_build_object('steps', n % 7) FROM generate_series(1, 600) n`,
  );
  await client.query(
    `INSERT INTO executions (workflow_id, status, started_at, tokens)
       SELECT 1 + n % 600, (ARRAY['done','done','done','running','failed'])[1 + n % 5],
              timestamptz '2026-01-01' + n * interval '37 seconds', n % 4000
         FROM generate_series(1, $1::int) n`,
    [size.executions],
  );
  await client.query(
    `INSERT INTO messages (execution_id, role, content)
       SELECT 1 + (n * 7919) % $1::int, (ARRAY['user','assistant'])[1 + n % 2],
              'Message ' || n || repeat(' and some words of it', 1 + n % 5)
         FROM generate_series(1, $2::int) n`,
    [size.executions, size.messages],
  );
  await client.query('ANALYZE');
  await client.query('INSERT INTO reports VALUES ($1, $2)', ['usage', await slowReport(client, size)]);
  // Where the server has HypoPG, index suggestions can be verified; without it they say that they are not.
  await client.query('CREATE EXTENSION IF NOT EXISTS hypopg').catch(() => undefined);
}

/** What the report on usage asks: the messages of each execution, each by reading all messages. */
export const usageReport = `SELECT e.id, e.status, (SELECT count(*) FROM messages m WHERE m.execution_id = e.id) AS messages
  FROM executions e ORDER BY e.started_at DESC LIMIT $1`;
/** So long the report takes, on whichever machine: well above what is called slow. */
const slowMs = 2_500;
const sampled = 10;

/** How many executions it then covers. */
async function slowReport(client: pg.Client, size: Size): Promise<number> {
  const startedMs = performance.now();
  await client.query(usageReport, [sampled]);
  const eachMs = (performance.now() - startedMs) / sampled;
  return Math.min(size.executions, Math.max(sampled, Math.ceil(slowMs / eachMs)));
}

const schema = `
  DROP TABLE IF EXISTS messages, executions, workflows, agents, reports;
  CREATE TABLE agents (id serial PRIMARY KEY, name text NOT NULL, model text NOT NULL,
    config jsonb NOT NULL DEFAULT '{}', created_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE workflows (id serial PRIMARY KEY, agent_id int NOT NULL, name text NOT NULL, definition jsonb NOT NULL);
  CREATE TABLE executions (id serial PRIMARY KEY, workflow_id int NOT NULL, status text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(), tokens int NOT NULL DEFAULT 0);
  CREATE TABLE reports (name text PRIMARY KEY, executions int NOT NULL);
  CREATE TABLE messages (id serial PRIMARY KEY, execution_id int NOT NULL, role text NOT NULL, content text NOT NULL);
`;

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
