import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, type QueryOptions } from '@electric-sql/pglite';
import type { WorkerAnswer, WorkerRequest } from './embedded-protocol.ts';
import type { Row } from './sql.ts';

/** Types our statements bind or return: bool, int8, int4, text, json, their arrays, date and timestamptz. */
const types = [16, 19, 20, 23, 25, 114, 199, 1009, 1016, 1082, 1182, 1184, 1185];

/** Every value goes in and comes out as PostgreSQL writes it, as on a server's connection. */
const asText: QueryOptions = {
  rowMode: 'array',
  parsers: Object.fromEntries(types.map((oid) => [oid, (text: string) => text])),
  // Safe: the declared result is text, and bytes are what the driver sends as binary.
  serializers: Object.fromEntries(types.map((oid) => [oid, (value: unknown) => value as string])),
};

/** The embedded PostgreSQL, alone in its thread: it computes synchronously, and traffic must not wait for it. */
if (!parentPort) throw new Error('This file runs in a worker thread.');
const port = parentPort;
// Safe: only `embedded-thread.ts` starts this file, with this.
const { directory } = workerData as { readonly directory: string };

const database = await PGlite.create(directory);
await database.exec(`SET timezone = 'UTC'; SET datestyle = 'ISO'`);
port.on('message', (request: WorkerRequest) => void answer(request));
port.postMessage({ id: 0 } satisfies WorkerAnswer);

async function answer(request: WorkerRequest): Promise<void> {
  try {
    port.postMessage({ id: request.id, ...(await run(request)) } satisfies WorkerAnswer);
  } catch (error) {
    port.postMessage({ id: request.id, error: failureOf(error) } satisfies WorkerAnswer);
  }
  if (request.kind === 'close') port.close();
}

async function run(request: WorkerRequest): Promise<{ readonly rows?: readonly Row[] }> {
  if (request.kind === 'close') await database.close();
  if (request.kind === 'script') await script(request.text);
  if (request.kind !== 'query') return {};
  const { rows } = await database.query<string[]>(request.text, [...request.parameters], asText);
  return { rows };
}

async function script(text: string): Promise<void> {
  try {
    await database.exec(text);
  } catch (error) {
    await database.exec('ROLLBACK');
    throw error;
  }
}

function failureOf(error: unknown): NonNullable<WorkerAnswer['error']> {
  const { message, code, detail } = error as { message?: string; code?: string; detail?: string };
  return { message: message ?? String(error), sqlstate: code, detail };
}
