import type { IndexWorkload } from './case.ts';

/** An agent builder with 1.4 million rows. Spread is by multiplication with primes, so no run differs from another. */
export const agents: IndexWorkload = {
  name: 'agent builder',
  setup: [
    `CREATE EXTENSION IF NOT EXISTS pg_trgm`,
    `CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, name text NOT NULL, org_id int NOT NULL, created_at timestamptz NOT NULL)`,
    `CREATE TABLE agents (id int PRIMARY KEY, owner_id int NOT NULL, name text NOT NULL, config jsonb NOT NULL, deleted_at timestamptz, created_at timestamptz NOT NULL)`,
    `CREATE TABLE executions (id int PRIMARY KEY, agent_id int NOT NULL, status text NOT NULL, trace_id text NOT NULL, started_at timestamptz NOT NULL, tokens int NOT NULL)`,
    `CREATE TABLE messages (id int PRIMARY KEY, execution_id int NOT NULL, role text NOT NULL, content text NOT NULL, metadata jsonb NOT NULL, tokens int NOT NULL)`,
    `CREATE TABLE tool_calls (id int PRIMARY KEY, message_id int NOT NULL, tool text NOT NULL, duration_ms int NOT NULL, error text)`,
    `CREATE TABLE documents (id int PRIMARY KEY, agent_id int NOT NULL, title text NOT NULL, tags text[] NOT NULL)`,
    `INSERT INTO users SELECT n, 'User' || (n * 7919) % 100003 || '@Example' || n % 50 || '.com', 'Name ' || n, n % 900, timestamptz '2024-01-01' + n * interval '7 minutes' FROM generate_series(1, 80000) n`,
    `INSERT INTO agents SELECT n, 1 + (n * 7919) % 20000, 'Agent ' || n, jsonb_build_object('model', 'model-' || n % 400, 'temperature', n % 10, 'tools', jsonb_build_array('t' || n % 60, 't' || n % 77)), CASE WHEN n % 9 = 0 THEN timestamptz '2025-06-01' END, timestamptz '2025-01-01' + n * interval '3 minutes' FROM generate_series(1, 60000) n`,
    `INSERT INTO executions SELECT n, 1 + ((n::bigint * 104729) % 60000)::int, (ARRAY['done','done','done','done','done','running','queued','done','done','done'])[1 + n % 10], md5(n::text), timestamptz '2025-01-01' + n * interval '40 seconds', (n * 31) % 9000 FROM generate_series(1, 300000) n`,
    `UPDATE executions SET status = 'failed' WHERE (id * 7) % 997 < 4`,
    `INSERT INTO messages SELECT n, 1 + ((n::bigint * 15485863) % 300000)::int, (ARRAY['user','assistant','tool'])[1 + n % 3], 'Message ' || md5(n::text) || repeat(' with some words', 1 + n % 6), jsonb_build_object('session', 's' || n % 40000, 'lang', n % 5), n % 700 FROM generate_series(1, 700000) n`,
    `INSERT INTO tool_calls SELECT n, 1 + ((n::bigint * 32452843) % 700000)::int, 'tool-' || n % 40, (n * 37) % 10007, CASE WHEN n % 700 = 0 THEN 'Timeout ' || n END FROM generate_series(1, 200000) n`,
    `INSERT INTO documents SELECT n, 1 + (n * 31) % 60000, 'Report ' || md5(n::text) || ' of ' || n % 300, ARRAY['tag' || n % 900, 'kind' || n % 35, 'all'] FROM generate_series(1, 80000) n`,
  ],
  queries: [
    {
      name: 'messages of an execution',
      sql: `SELECT id, role, content FROM messages WHERE execution_id = 4711 ORDER BY id`,
      oracle: ['CREATE INDEX ON messages (execution_id)'],
    },
    {
      name: 'messages of several executions',
      sql: `SELECT execution_id, count(*) FROM messages WHERE execution_id IN (5, 500, 50000, 250000) GROUP BY execution_id`,
      oracle: ['CREATE INDEX ON messages (execution_id)'],
    },
    {
      name: 'executions of an agent in a state',
      sql: `SELECT id FROM executions WHERE agent_id = 123 AND status = 'running'`,
      oracle: ['CREATE INDEX ON executions (agent_id, started_at)'],
    },
    {
      name: 'latest failures',
      sql: `SELECT * FROM executions WHERE status = 'failed' ORDER BY started_at DESC LIMIT 20`,
      oracle: [`CREATE INDEX ON executions (status, started_at)`],
    },
    {
      name: 'latest of an agent',
      sql: `SELECT * FROM executions WHERE agent_id = 777 ORDER BY started_at DESC LIMIT 10`,
      oracle: ['CREATE INDEX ON executions (agent_id, started_at)'],
    },
    {
      name: 'last run of an agent',
      sql: `SELECT max(started_at) FROM executions WHERE agent_id = 4242`,
      oracle: ['CREATE INDEX ON executions (agent_id, started_at)'],
    },
    {
      name: 'an hour of executions',
      sql: `SELECT id, tokens FROM executions WHERE started_at >= '2025-03-01 10:00+00' AND started_at < '2025-03-01 11:00+00'`,
      oracle: ['CREATE INDEX ON executions (started_at)'],
    },
    {
      name: 'failures since',
      sql: `SELECT agent_id, count(*) FROM executions WHERE status = 'failed' AND started_at > '2025-04-01' GROUP BY agent_id`,
      oracle: ['CREATE INDEX ON executions (status, started_at)'],
    },
    {
      name: 'a trace',
      sql: `SELECT * FROM executions WHERE trace_id = '00411460f7c92d2124a67ea0f4cb5f85'`,
      oracle: ['CREATE INDEX ON executions (trace_id)'],
    },
    {
      name: 'a trace or an agent',
      sql: `SELECT id FROM executions WHERE trace_id = '00411460f7c92d2124a67ea0f4cb5f85' OR agent_id = 99`,
      oracle: ['CREATE INDEX ON executions (trace_id)', 'CREATE INDEX ON executions (agent_id, started_at)'],
    },
    {
      name: 'a user by address',
      sql: `SELECT * FROM users WHERE lower(email) = 'user7919@example1.com'`,
      oracle: ['CREATE INDEX ON users (lower(email))'],
    },
    {
      name: 'users by beginning of address',
      sql: `SELECT id, email FROM users WHERE email LIKE 'User7919%'`,
      oracle: ['CREATE INDEX ON users (email text_pattern_ops)'],
    },
    {
      name: 'a word in messages',
      sql: `SELECT id FROM messages WHERE content ILIKE '%cfcd208495%'`,
      oracle: ['CREATE INDEX ON messages USING gin (content gin_trgm_ops)'],
    },
    {
      name: 'agents by model',
      sql: `SELECT id, name FROM agents WHERE config @> '{"model": "model-17"}'`,
      oracle: ['CREATE INDEX ON agents USING gin (config jsonb_path_ops)'],
    },
    {
      name: 'documents with tags',
      sql: `SELECT id, title FROM documents WHERE tags @> ARRAY['tag77']`,
      oracle: ['CREATE INDEX ON documents USING gin (tags)'],
    },
    {
      name: 'latest tool errors',
      sql: `SELECT id, tool, error FROM tool_calls WHERE error IS NOT NULL ORDER BY id DESC`,
      oracle: ['CREATE INDEX ON tool_calls (id) WHERE error IS NOT NULL'],
    },
    {
      name: 'live agents of an owner',
      sql: `SELECT id, name FROM agents WHERE owner_id = 1500 AND deleted_at IS NULL`,
      oracle: ['CREATE INDEX ON agents (owner_id)'],
    },
    {
      name: 'executions of an owner',
      sql: `SELECT e.id, e.status FROM executions e JOIN agents a ON a.id = e.agent_id WHERE a.owner_id = 1500`,
      oracle: ['CREATE INDEX ON agents (owner_id)', 'CREATE INDEX ON executions (agent_id, started_at)'],
    },
    {
      name: 'a session',
      sql: `SELECT id, content FROM messages WHERE metadata->>'session' = 's777'`,
      oracle: [`CREATE INDEX ON messages ((metadata->>'session'))`],
    },
    {
      name: 'slow calls of a tool',
      sql: `SELECT id, duration_ms FROM tool_calls WHERE tool = 'tool-7' AND duration_ms > 9900`,
      oracle: ['CREATE INDEX ON tool_calls (tool, duration_ms)'],
    },
    {
      name: 'executions with a tool',
      sql: `SELECT m.id FROM messages m WHERE m.execution_id = 4711 AND EXISTS (SELECT FROM tool_calls t WHERE t.message_id = m.id)`,
      oracle: ['CREATE INDEX ON messages (execution_id)', 'CREATE INDEX ON tool_calls (message_id)'],
    },
    {
      name: 'counts beside a page',
      sql: `SELECT a.id, (SELECT count(*) FROM executions e WHERE e.agent_id = a.id) AS runs FROM agents a ORDER BY a.id LIMIT 10`,
      oracle: ['CREATE INDEX ON executions (agent_id, started_at)'],
    },
    {
      name: 'last three of each',
      sql: `SELECT a.id, l.id FROM agents a CROSS JOIN LATERAL (SELECT e.id FROM executions e WHERE e.agent_id = a.id ORDER BY e.started_at DESC LIMIT 3) l WHERE a.id BETWEEN 100 AND 105`,
      oracle: ['CREATE INDEX ON executions (agent_id, started_at)'],
    },
    {
      name: 'documents by beginning of title',
      sql: `SELECT id FROM documents WHERE lower(title) LIKE 'report cfcd%'`,
      oracle: ['CREATE INDEX ON documents (lower(title) text_pattern_ops)'],
    },
    {
      name: 'documents of an agent',
      sql: `WITH mine AS (SELECT * FROM documents WHERE agent_id = 42) SELECT count(*) FROM mine`,
      oracle: ['CREATE INDEX ON documents (agent_id)'],
    },
    { name: 'control: by key', sql: `SELECT * FROM executions WHERE id = 77`, oracle: [] },
    { name: 'control: count', sql: `SELECT count(*) FROM messages`, oracle: [] },
    { name: 'control: all roles', sql: `SELECT role, avg(tokens) FROM messages GROUP BY role`, oracle: [] },
    {
      name: 'control: most of a table',
      sql: `SELECT sum(tokens) FROM executions WHERE status = 'done'`,
      oracle: [],
    },
    {
      name: 'control: a word in all',
      sql: `SELECT count(*) FROM documents WHERE title LIKE '%Report%'`,
      oracle: [],
    },
    {
      name: 'control: join by key',
      sql: `SELECT a.name, u.name FROM agents a JOIN users u ON u.id = a.owner_id WHERE a.id = 9`,
      oracle: [],
    },
  ],
};
