import type { IndexWorkload } from './case.ts';

/** Runs of agents in partitions, with uuids, enums, tags and an audit trail; 1.8 million rows. */
export const flows: IndexWorkload = {
  name: 'flow runs',
  setup: [
    `CREATE EXTENSION IF NOT EXISTS pg_trgm`,
    `CREATE TYPE run_state AS ENUM ('queued', 'running', 'succeeded', 'failed', 'cancelled')`,
    `CREATE TABLE workspaces (id uuid PRIMARY KEY, slug text NOT NULL, plan text NOT NULL, settings jsonb NOT NULL, deleted_at timestamptz)`,
    `CREATE TABLE flows (id uuid PRIMARY KEY, workspace_id uuid NOT NULL, title text NOT NULL, labels text[] NOT NULL, definition jsonb NOT NULL, archived_at timestamptz, updated_at timestamptz)`,
    `CREATE TABLE runs (id bigint NOT NULL, flow_id uuid NOT NULL, state run_state NOT NULL, queued_at timestamptz NOT NULL, finished_at timestamptz, cost_micros bigint NOT NULL, attributes jsonb NOT NULL, PRIMARY KEY (id, queued_at)) PARTITION BY RANGE (queued_at)`,
    ...['01', '02', '03', '04', '05', '06'].map(
      (month, place) =>
        `CREATE TABLE runs_2025_${month} PARTITION OF runs FOR VALUES FROM ('2025-${month}-01 00:00+00') TO ('2025-0${place + 2}-01 00:00+00')`,
    ),
    `CREATE TABLE steps (id bigint PRIMARY KEY, run_id bigint NOT NULL, position int NOT NULL, kind text NOT NULL, started_at timestamptz NOT NULL, ended_at timestamptz, tokens int NOT NULL, output text NOT NULL)`,
    `CREATE TABLE tool_invocations (id bigint PRIMARY KEY, step_id bigint NOT NULL, tool_name text NOT NULL, ok boolean NOT NULL, latency_ms int NOT NULL, arguments jsonb NOT NULL)`,
    `CREATE TABLE chunks (id bigint PRIMARY KEY, source_id uuid NOT NULL, ordinal int NOT NULL, model text NOT NULL, hash bytea NOT NULL, tags jsonb NOT NULL, body text NOT NULL)`,
    `CREATE TABLE audit_entries (id bigint PRIMARY KEY, actor_id uuid, action text NOT NULL, subject_id text NOT NULL, at timestamp NOT NULL, ip inet NOT NULL)`,
    `INSERT INTO workspaces SELECT md5('w' || n)::uuid, 'Team-' || (n * 7919) % 100003 || '-' || n % 7, (ARRAY['free','free','free','pro','enterprise'])[1 + n % 5], '{}', CASE WHEN n % 11 = 0 THEN timestamptz '2025-05-01' END FROM generate_series(1, 60000) n`,
    `INSERT INTO flows SELECT md5('f' || n)::uuid, md5('w' || 1 + (n::bigint * 104729) % 9000)::uuid, 'Flow ' || md5((n * 5)::text) || ' for ' || n % 30, ARRAY['area' || n % 700, 'env' || n % 4], jsonb_build_object('trigger', jsonb_build_object('kind', 'cron-' || n % 600), 'nodes', n % 40), CASE WHEN n % 3 = 0 THEN timestamptz '2025-04-01' END, CASE WHEN n % 5 > 0 THEN timestamptz '2025-01-01' + (n::bigint * 7907) % 200000 * interval '1 minute' END FROM generate_series(1, 90000) n`,
    `INSERT INTO runs SELECT n, md5('f' || 1 + (n::bigint * 32452843) % 45000)::uuid, (CASE WHEN n % 401 = 0 THEN 'running' WHEN n % 467 = 0 THEN 'queued' WHEN n % 23 = 0 THEN 'failed' WHEN n % 97 = 0 THEN 'cancelled' ELSE 'succeeded' END)::run_state, timestamptz '2025-01-01 00:00+00' + n * interval '38 seconds', CASE WHEN n % 401 > 0 AND n % 467 > 0 THEN timestamptz '2025-01-01 00:10+00' + n * interval '38 seconds' END, (n * 37) % 90001, jsonb_build_object('release', 'r-' || n % 1500, 'canary', n % 2 = 0) FROM generate_series(1, 400000) n`,
    `INSERT INTO steps SELECT n, 1 + (n::bigint * 15485863) % 400000, 1 + n % 6, (ARRAY['llm','tool','branch','wait'])[1 + n % 4], timestamptz '2025-01-01' + n * interval '25 seconds', CASE WHEN n % 50 > 0 THEN timestamptz '2025-01-01' + n * interval '25 seconds' + (n::bigint * 48271 % 65537) * interval '7 milliseconds' END, (n * 11) % 4000, 'Output ' || md5(n::text) || repeat(' and more', n % 5) FROM generate_series(1, 600000) n`,
    `INSERT INTO tool_invocations SELECT n, 1 + (n::bigint * 86028121) % 600000, 'tool-' || n % 60, n % 173 > 0, (n::bigint * 48271 % 30011)::int, jsonb_build_object('q', 'x' || n % 9000) FROM generate_series(1, 250000) n`,
    `INSERT INTO chunks SELECT n, md5('s' || n % 4000)::uuid, n / 4000, (ARRAY['small','large','code'])[1 + n % 3], decode(md5('h' || n), 'hex'), CASE WHEN n % 500 = 0 THEN jsonb_build_object('urgent', 1, 'owner', 'o' || n % 90) ELSE jsonb_build_object('owner', 'o' || n % 90, 'team', n % 12) END, 'word' || n % 7000 || ' common text of a chunk word' || (n * 31) % 9001 FROM generate_series(1, 120000) n`,
    `INSERT INTO audit_entries SELECT n, CASE WHEN n % 8 > 0 THEN md5('a' || (n::bigint * 49979687) % 15000)::uuid END, (ARRAY['login','login','login','flow.edited','flow.published','key.used','key.used','key.used','key.used','invite'])[1 + n % 10], 'flow:' || (n::bigint * 611953) % 70000, timestamp '2025-01-01' + n * interval '50 seconds', ('10.' || n % 200 || '.' || (n / 200) % 250 || '.' || n % 251)::inet FROM generate_series(1, 250000) n`,
  ],
  queries: [
    {
      name: 'newest runs of a flow',
      sql: `SELECT id, state FROM runs WHERE flow_id = md5('f4711')::uuid ORDER BY queued_at DESC LIMIT 20`,
      oracle: ['CREATE INDEX ON runs (flow_id, queued_at)'],
    },
    {
      name: 'runs of several flows',
      sql: `SELECT flow_id, count(*), sum(cost_micros) FROM runs WHERE flow_id = ANY (ARRAY[md5('f1')::uuid, md5('f22')::uuid, md5('f333')::uuid]) GROUP BY flow_id`,
      oracle: ['CREATE INDEX ON runs (flow_id, queued_at)'],
    },
    {
      name: 'unfinished runs',
      sql: `SELECT id, flow_id, queued_at FROM runs WHERE finished_at IS NULL AND state IN ('queued', 'running') ORDER BY queued_at`,
      oracle: ['CREATE INDEX ON runs (queued_at) WHERE finished_at IS NULL'],
    },
    {
      name: 'runs of a release',
      sql: `SELECT id FROM runs WHERE attributes @> '{"release": "r-17"}'`,
      oracle: ['CREATE INDEX ON runs USING gin (attributes jsonb_path_ops)'],
    },
    {
      name: 'runs without steps in an hour',
      sql: `SELECT r.id FROM runs r WHERE r.queued_at >= '2025-03-03 10:00+00' AND r.queued_at < '2025-03-03 11:00+00' AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.run_id = r.id)`,
      oracle: ['CREATE INDEX ON runs (queued_at)', 'CREATE INDEX ON steps (run_id, started_at)'],
    },
    {
      name: 'latest run of each flow',
      sql: `SELECT f.id, l.state FROM flows f LEFT JOIN LATERAL (SELECT r.state FROM runs r WHERE r.flow_id = f.id ORDER BY r.queued_at DESC LIMIT 1) l ON true WHERE f.workspace_id = md5('w77')::uuid`,
      oracle: ['CREATE INDEX ON flows (workspace_id)', 'CREATE INDEX ON runs (flow_id, queued_at)'],
    },
    {
      name: 'live flows of a workspace',
      sql: `SELECT id, title FROM flows WHERE workspace_id = md5('w1234')::uuid AND archived_at IS NULL ORDER BY updated_at DESC NULLS LAST LIMIT 10`,
      oracle: ['CREATE INDEX ON flows (workspace_id)'],
    },
    {
      name: 'lately changed flows',
      sql: `SELECT id, title, updated_at FROM flows ORDER BY updated_at DESC NULLS LAST, id LIMIT 15`,
      oracle: ['CREATE INDEX ON flows (updated_at DESC NULLS LAST, id)'],
    },
    {
      name: 'flows by part of title',
      sql: `SELECT id FROM flows WHERE title ILIKE '%E4DA3B7F%'`,
      oracle: ['CREATE INDEX ON flows USING gin (title gin_trgm_ops)'],
    },
    {
      name: 'flows with labels',
      sql: `SELECT id FROM flows WHERE labels && ARRAY['area17', 'area18']`,
      oracle: ['CREATE INDEX ON flows USING gin (labels)'],
    },
    {
      name: 'flows by trigger',
      sql: `SELECT id FROM flows WHERE definition->'trigger'->>'kind' = 'cron-17'`,
      oracle: [`CREATE INDEX ON flows ((definition->'trigger'->>'kind'))`],
    },
    {
      name: 'a workspace by slug',
      sql: `SELECT * FROM workspaces WHERE lower(slug) = 'team-7919-1'`,
      oracle: ['CREATE INDEX ON workspaces (lower(slug))'],
    },
    {
      name: 'workspaces by beginning',
      sql: `SELECT id, slug FROM workspaces WHERE slug LIKE 'Team-791%' AND deleted_at IS NULL`,
      oracle: ['CREATE INDEX ON workspaces (slug text_pattern_ops)'],
    },
    {
      name: 'steps of some runs',
      sql: `SELECT run_id, position, kind FROM steps WHERE run_id IN (17, 1700, 170000, 300001) ORDER BY run_id, position`,
      oracle: ['CREATE INDEX ON steps (run_id, started_at)'],
    },
    {
      name: 'last step of each',
      sql: `SELECT DISTINCT ON (run_id) run_id, kind FROM steps WHERE run_id BETWEEN 2000 AND 2040 ORDER BY run_id, started_at DESC`,
      oracle: ['CREATE INDEX ON steps (run_id, started_at)'],
    },
    {
      name: 'dearest two steps of each',
      sql: `SELECT run_id, id FROM (SELECT id, run_id, row_number() OVER (PARTITION BY run_id ORDER BY tokens DESC) AS place FROM steps WHERE run_id IN (9, 99, 999, 9999)) ranked WHERE place <= 2`,
      oracle: ['CREATE INDEX ON steps (run_id, started_at)'],
    },
    {
      name: 'longest steps',
      sql: `SELECT id, kind FROM steps WHERE ended_at IS NOT NULL ORDER BY ended_at - started_at DESC LIMIT 10`,
      oracle: ['CREATE INDEX ON steps ((ended_at - started_at)) WHERE ended_at IS NOT NULL'],
    },
    {
      name: 'steps still going',
      sql: `SELECT id, run_id FROM steps WHERE ended_at IS NULL AND kind = 'wait' ORDER BY started_at LIMIT 50`,
      oracle: ['CREATE INDEX ON steps (kind, started_at) WHERE ended_at IS NULL'],
    },
    {
      name: 'tools of a run',
      sql: `SELECT t.tool_name, t.latency_ms FROM steps s JOIN tool_invocations t ON t.step_id = s.id WHERE s.run_id = 7777`,
      oracle: ['CREATE INDEX ON steps (run_id, started_at)', 'CREATE INDEX ON tool_invocations (step_id)'],
    },
    {
      name: 'failures of a tool',
      sql: `SELECT id, latency_ms FROM tool_invocations WHERE NOT ok AND tool_name = 'tool-9' ORDER BY latency_ms DESC`,
      oracle: ['CREATE INDEX ON tool_invocations (tool_name, latency_ms) WHERE NOT ok'],
    },
    {
      name: 'shares of a tool',
      sql: `SELECT count(*) FILTER (WHERE ok), count(*) FILTER (WHERE NOT ok) FROM tool_invocations WHERE tool_name = 'tool-12'`,
      oracle: ['CREATE INDEX ON tool_invocations (tool_name, latency_ms) INCLUDE (ok)'],
    },
    {
      name: 'slowest of a tool',
      sql: `SELECT max(latency_ms) FROM tool_invocations WHERE tool_name = 'tool-31'`,
      oracle: ['CREATE INDEX ON tool_invocations (tool_name, latency_ms) INCLUDE (ok)'],
    },
    {
      name: 'forget a step',
      sql: `DELETE FROM tool_invocations WHERE step_id = -5`,
      oracle: ['CREATE INDEX ON tool_invocations (step_id)'],
    },
    {
      name: 'a chunk by hash',
      sql: `SELECT id FROM chunks WHERE hash = decode(md5('h777'), 'hex')`,
      oracle: ['CREATE INDEX ON chunks (hash)'],
    },
    {
      name: 'chunks with a tag',
      sql: `SELECT id, source_id FROM chunks WHERE tags ? 'urgent'`,
      oracle: ['CREATE INDEX ON chunks USING gin (tags)'],
    },
    {
      name: 'chunks of a source',
      sql: `SELECT id FROM chunks WHERE source_id = md5('s17')::uuid AND model = 'code' ORDER BY ordinal`,
      oracle: ['CREATE INDEX ON chunks (source_id)'],
    },
    {
      name: 'chunks by words',
      sql: `SELECT id FROM chunks WHERE to_tsvector('simple', body) @@ to_tsquery('simple', 'word77 & chunk')`,
      oracle: [`CREATE INDEX ON chunks USING gin (to_tsvector('simple', body))`],
    },
    {
      name: 'a page further back',
      sql: `SELECT id, subject_id, at FROM audit_entries WHERE action = 'flow.published' AND (at, id) < ('2025-03-01 00:00', 100000) ORDER BY at DESC, id DESC LIMIT 25`,
      oracle: ['CREATE INDEX ON audit_entries (action, at, id)'],
    },
    {
      name: 'what a person did',
      sql: `SELECT action, count(*) FROM audit_entries WHERE actor_id = md5('a77')::uuid AND at >= '2025-02-01' GROUP BY action`,
      oracle: ['CREATE INDEX ON audit_entries (actor_id)'],
    },
    {
      name: 'a day of the trail',
      sql: `SELECT action, count(*) FROM audit_entries WHERE at::date = '2025-03-03' GROUP BY action`,
      oracle: ['CREATE INDEX ON audit_entries ((at::date))'],
    },
    {
      name: 'who or what',
      sql: `SELECT id, action FROM audit_entries WHERE subject_id = 'flow:777' OR actor_id = md5('a99')::uuid`,
      oracle: ['CREATE INDEX ON audit_entries (subject_id)', 'CREATE INDEX ON audit_entries (actor_id)'],
    },
    {
      name: 'from a network',
      sql: `SELECT id, at FROM audit_entries WHERE ip <<= '10.17.33.0/24'`,
      oracle: ['CREATE INDEX ON audit_entries (ip)'],
    },
    {
      name: 'control: a run by key',
      sql: `SELECT * FROM runs WHERE id = 4000 AND queued_at = '2025-01-02 18:13:20+00'`,
      oracle: [],
    },
    { name: 'control: runs by state', sql: `SELECT state, count(*) FROM runs GROUP BY state`, oracle: [] },
    { name: 'control: tokens by kind', sql: `SELECT kind, avg(tokens) FROM steps GROUP BY kind`, oracle: [] },
    {
      name: 'control: most went well',
      sql: `SELECT avg(latency_ms) FROM tool_invocations WHERE ok`,
      oracle: [],
    },
    {
      name: 'control: a word of all',
      sql: `SELECT count(*) FROM chunks WHERE body ILIKE '%common%'`,
      oracle: [],
    },
    {
      name: 'control: last entries',
      sql: `SELECT * FROM audit_entries ORDER BY id DESC LIMIT 20`,
      oracle: [],
    },
    {
      name: 'control: runs by day',
      sql: `SELECT date_trunc('day', queued_at) AS day, sum(cost_micros) FROM runs GROUP BY 1 ORDER BY 1`,
      oracle: [],
    },
    {
      name: 'control: all finished',
      sql: `SELECT count(*) FROM steps WHERE ended_at IS NOT NULL`,
      oracle: [],
    },
  ],
};
