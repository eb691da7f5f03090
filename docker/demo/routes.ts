import type { IncomingMessage, ServerResponse } from 'node:http';
import { send } from './backend.ts';
import { streamChat } from './chat.ts';
import { usageReport } from './database.ts';
import { openApi } from './openapi.ts';
import type { Sql } from './traced.ts';

export interface Call {
  readonly sql: Sql;
  readonly parameters: readonly string[];
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  handle(call: Call): Promise<void>;
}

type Json = Readonly<Record<string, unknown>>;

export const routes: readonly Route[] = [
  get('/health', async ({ response }) => send(response, 200, { status: 'ok' })),
  get('/openapi.json', async ({ response }) => send(response, 200, openApi)),
  get('/api/agents', async ({ sql, query, response }) => {
    const agents = await sql(
      'SELECT id, name, model, created_at FROM agents ORDER BY id LIMIT $1 OFFSET $2',
      page(query),
    );
    send(response, 200, { items: agents });
  }),
  get('/api/agents/:id', async ({ sql, parameters: [id], response }) => {
    const [agent] = await sql('SELECT * FROM agents WHERE id = $1', [Number(id)]);
    send(response, agent ? 200 : 404, agent ?? { detail: 'No such agent' });
  }),
  post('/api/agents', async ({ sql, request, response }) => {
    const { name, model = 'gpt-mini', config = {} } = await bodyOf(request);
    const [agent] = await sql('INSERT INTO agents (name, model, config) VALUES ($1, $2, $3) RETURNING *', [
      name,
      model,
      JSON.stringify(config),
    ]);
    send(response, 201, agent);
  }),
  route('PATCH', '/api/agents/:id', async ({ sql, parameters: [id], request, response }) => {
    const { name } = await bodyOf(request);
    const [agent] = await sql('UPDATE agents SET name = $2 WHERE id = $1 RETURNING *', [Number(id), name]);
    send(response, agent ? 200 : 404, agent ?? { detail: 'No such agent' });
  }),
  route('DELETE', '/api/agents/:id', async ({ sql, parameters: [id], response }) => {
    await sql('DELETE FROM agents WHERE id = $1', [Number(id)]);
    response.writeHead(204).end();
  }),
  // Fault: one query for the page and one more for each row of it (N+1).
  get('/api/workflows', async ({ sql, query, response }) => {
    const workflows = await sql<{ agent_id: number }>(
      'SELECT * FROM workflows ORDER BY id LIMIT $1 OFFSET $2',
      page(query),
    );
    const items: Json[] = [];
    for (const workflow of workflows) {
      const [agent] = await sql('SELECT id, name, model FROM agents WHERE id = $1', [workflow.agent_id]);
      items.push({ ...workflow, agent });
    }
    send(response, 200, { items });
  }),
  post('/api/workflows/:id/executions', async ({ sql, parameters: [id], response }) => {
    const [execution] = await sql(
      "INSERT INTO executions (workflow_id, status) VALUES ($1, 'queued') RETURNING *",
      [Number(id)],
    );
    send(response, 201, execution);
  }),
  // Fault: no index on `status`, so every poll reads the whole table.
  get('/api/executions', async ({ sql, query, response }) => {
    const executions = await sql(
      'SELECT * FROM executions WHERE status = $1 ORDER BY started_at DESC LIMIT 20',
      [query.get('status') ?? 'failed'],
    );
    send(response, 200, { items: executions });
  }),
  get('/api/executions/:id/messages', async ({ sql, parameters: [id], response }) => {
    const messages = await sql('SELECT id, role, content FROM messages WHERE execution_id = $1 ORDER BY id', [
      Number(id),
    ]);
    send(response, 200, { items: messages });
  }),
  // Fault: counts the messages of each execution by reading all messages, again and again (slow).
  get('/api/reports/usage', async ({ sql, response }) => {
    const [report] = await sql<{ executions: number }>('SELECT executions FROM reports WHERE name = $1', [
      'usage',
    ]);
    const usage = await sql(usageReport, [report?.executions ?? 100]);
    send(response, 200, { items: usage });
  }),
  // Fault: the search word becomes part of the statement's text (SQL injection).
  get('/api/search', async ({ sql, query, response }) => {
    const items = await sql(
      `SELECT id, name FROM agents WHERE name ILIKE '%${query.get('q') ?? ''}%' ORDER BY id LIMIT 20`,
    );
    send(response, 200, { items });
  }),
  post('/api/chat', async ({ sql, request, response }) => {
    const { execution = 1, prompt = '' } = await bodyOf(request);
    await sql("INSERT INTO messages (execution_id, role, content) VALUES ($1, 'user', $2)", [
      execution,
      prompt,
    ]);
    await streamChat(response, String(prompt));
  }),
];

function get(path: string, handle: Route['handle']): Route {
  return route('GET', path, handle);
}

function post(path: string, handle: Route['handle']): Route {
  return route('POST', path, handle);
}

function route(method: string, path: string, handle: Route['handle']): Route {
  return { method, pattern: new RegExp(`^${path.replace(/:\w+/g, '([^/]+)')}$`), handle };
}

function page(query: URLSearchParams): readonly [limit: number, offset: number] {
  return [Math.min(Number(query.get('limit') ?? 20), 100), Number(query.get('offset') ?? 0)];
}

const maxBodyBytes = 4 * 1024 * 1024;

async function bodyOf(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBodyBytes) throw new SyntaxError('The body is too large.');
    chunks.push(chunk);
  }
  const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString() || '{}');
  if (typeof parsed !== 'object' || parsed === null) throw new SyntaxError('The body is not an object.');
  return { ...parsed };
}
