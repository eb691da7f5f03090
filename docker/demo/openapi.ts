/** What the backend says of itself, in the form FastAPI publishes it. */
const id = { name: 'id', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } };
const limit = { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100 } };
const offset = { name: 'offset', in: 'query', schema: { type: 'integer', minimum: 0 } };
const word = { name: 'q', in: 'query', schema: { type: 'string', maxLength: 200 } };
const executionStatus = {
  name: 'status',
  in: 'query',
  schema: { enum: ['queued', 'running', 'done', 'failed'] },
};
const ok = { 200: { description: 'OK' } };

const agentBody = json({
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', maxLength: 200 },
    model: { type: 'string', maxLength: 100 },
    config: { type: 'object' },
  },
});
const chatBody = json({
  type: 'object',
  required: ['prompt'],
  properties: { execution: { type: 'integer' }, prompt: { type: 'string', maxLength: 20_000 } },
});

export const openApi = {
  openapi: '3.1.0',
  info: { title: 'Agent builder (demo)', version: '1.0.0' },
  paths: {
    '/health': { get: { responses: ok } },
    '/api/agents': {
      get: { parameters: [limit, offset], responses: ok },
      post: { requestBody: agentBody, responses: { 201: { description: 'Created' } } },
    },
    '/api/agents/{id}': {
      parameters: [id],
      get: { responses: ok },
      patch: {
        requestBody: json({ type: 'object', properties: { name: { type: 'string' } } }),
        responses: ok,
      },
      delete: { responses: { 204: { description: 'Gone' } } },
    },
    '/api/workflows': { get: { parameters: [limit, offset], responses: ok } },
    '/api/workflows/{id}/executions': {
      parameters: [id],
      post: { responses: { 201: { description: 'Queued' } } },
    },
    '/api/executions': { get: { parameters: [executionStatus], responses: ok } },
    '/api/executions/{id}/messages': { parameters: [id], get: { responses: ok } },
    '/api/reports/usage': { get: { responses: ok } },
    '/api/search': { get: { parameters: [word], responses: ok } },
    '/api/chat': {
      post: { requestBody: chatBody, responses: { 200: { description: 'A stream of tokens' } } },
    },
  },
};

function json(schema: object): object {
  return { required: true, content: { 'application/json': { schema } } };
}
