/** The agent builder that every recording program works on: made by the recorder, outside the tap. */
export const schema = `
  CREATE TABLE teams (id serial PRIMARY KEY, name text NOT NULL);
  CREATE TABLE agents (id serial PRIMARY KEY, team_id int NOT NULL REFERENCES teams, name text NOT NULL,
    slug text NOT NULL UNIQUE, model text NOT NULL DEFAULT 'gpt-mini', created_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE workflows (id serial PRIMARY KEY, agent_id int NOT NULL REFERENCES agents, name text NOT NULL,
    state text NOT NULL DEFAULT 'draft', created_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE executions (id serial PRIMARY KEY, workflow_id int NOT NULL REFERENCES workflows, status text NOT NULL,
    tokens int NOT NULL DEFAULT 0, started_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE messages (id serial PRIMARY KEY, execution_id int NOT NULL, role text NOT NULL, content text NOT NULL);
  CREATE TABLE tags (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
  CREATE TABLE agent_tags (agent_id int NOT NULL REFERENCES agents, tag_id int NOT NULL REFERENCES tags,
    PRIMARY KEY (agent_id, tag_id));
  CREATE TABLE comments (id serial PRIMARY KEY, subject_type text NOT NULL, subject_id int NOT NULL, body text NOT NULL);
  CREATE TABLE sessions (id text PRIMARY KEY, user_name text NOT NULL, team_id int NOT NULL);
  CREATE TABLE jobs (id serial PRIMARY KEY, kind text NOT NULL, state text NOT NULL DEFAULT 'queued');
  CREATE TABLE usage_days (team_id int NOT NULL, day date NOT NULL, tokens bigint NOT NULL, PRIMARY KEY (team_id, day));
  CREATE TABLE counters (name text PRIMARY KEY, value int NOT NULL);

  INSERT INTO teams (name) SELECT 'Team ' || n FROM generate_series(1, 24) n;
  INSERT INTO agents (team_id, name, slug) SELECT 1 + n % 24, 'Agent ' || n, 'agent-' || n FROM generate_series(1, 120) n;
  INSERT INTO workflows (agent_id, name, created_at)
    SELECT 1 + (n * 7) % 120, 'Workflow ' || n, timestamptz '2026-01-01' + n * interval '1 hour' FROM generate_series(1, 2800) n;
  INSERT INTO executions (workflow_id, status, tokens, started_at)
    SELECT 1 + (n * 11) % 2800, (ARRAY['done', 'failed', 'running', 'queued'])[1 + n % 4], n % 900,
      timestamptz '2026-01-01' + n * interval '10 minutes' FROM generate_series(1, 9000) n;
  INSERT INTO messages (execution_id, role, content)
    SELECT 1 + n % 9000, (ARRAY['user', 'assistant'])[1 + n % 2], 'Message ' || n FROM generate_series(1, 18000) n;
  INSERT INTO tags (name) SELECT 'tag-' || n FROM generate_series(1, 15) n;
  INSERT INTO agent_tags SELECT a, t FROM generate_series(1, 120) a, generate_series(1, 15) t WHERE (a + t) % 5 = 0;
  INSERT INTO comments (subject_type, subject_id, body)
    SELECT (ARRAY['agent', 'workflow', 'execution'])[1 + n % 3], 1 + n % 120, 'Comment ' || n FROM generate_series(1, 360) n;
  INSERT INTO sessions SELECT 'session-' || n, 'user' || n, 1 + n % 24 FROM generate_series(1, 10) n;
  INSERT INTO jobs (kind) SELECT 'summary' FROM generate_series(1, 60);
  INSERT INTO counters VALUES ('runs', 0);
  ANALYZE;
`;

/** What the programs make themselves, for who looks at their statements later: Django's own tables, a function, a temporary table. */
export const madeByPrograms = `
  CREATE TABLE builder_team (id serial PRIMARY KEY, name text NOT NULL);
  CREATE TABLE builder_tag (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
  CREATE TABLE builder_agent (id serial PRIMARY KEY, team_id int NOT NULL, name text NOT NULL, slug text NOT NULL UNIQUE);
  CREATE TABLE builder_agent_tags (id serial PRIMARY KEY, agent_id int NOT NULL, tag_id int NOT NULL);
  CREATE TABLE builder_workflow (id serial PRIMARY KEY, agent_id int NOT NULL, name text NOT NULL, created_at timestamptz NOT NULL);
  CREATE TABLE builder_execution (id serial PRIMARY KEY, workflow_id int NOT NULL, status text NOT NULL, tokens int NOT NULL, started_at timestamptz NOT NULL);
  CREATE TABLE builder_usersession (id serial PRIMARY KEY, key text NOT NULL UNIQUE, user_name text NOT NULL);
  CREATE FUNCTION format_agent(int) RETURNS text LANGUAGE sql AS 'SELECT name FROM agents WHERE id = $1';
  CREATE TABLE documents (id int, body jsonb);
  INSERT INTO builder_team SELECT id, name FROM teams;
  INSERT INTO builder_tag SELECT id, name FROM tags;
  INSERT INTO builder_agent SELECT id, team_id, name, slug FROM agents;
  INSERT INTO builder_agent_tags (agent_id, tag_id) SELECT agent_id, tag_id FROM agent_tags;
  INSERT INTO builder_workflow SELECT id, agent_id, name, created_at FROM workflows;
  INSERT INTO builder_execution SELECT id, workflow_id, status, tokens, started_at FROM executions;
`;
