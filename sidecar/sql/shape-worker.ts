import { parentPort } from 'node:worker_threads';
import { analysed, loadParser } from './shape.ts';
import type { FromShapeThread } from './shape-thread.ts';

/** PostgreSQL's parser in a thread of its own: answers each shape it is sent, in order. */
if (!parentPort) throw new Error('This file runs in a worker thread.');
const port = parentPort;
await loadParser();
port.on('message', (shape: string) => port.postMessage(analysed(shape) satisfies FromShapeThread));
port.postMessage('ready' satisfies FromShapeThread);
