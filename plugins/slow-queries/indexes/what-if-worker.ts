import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, type Extensions } from '@electric-sql/pglite';
import type { WhatIfAnswer, WhatIfOpening, WhatIfRequest, WhatIfRow } from './what-if-protocol.ts';
import { copyTemplate } from './what-if-template.ts';

/** A database that plans and holds no rows, alone in its thread over a directory that goes away with it. */
if (!parentPort) throw new Error('This file runs in a worker thread.');
const port = parentPort;
// Safe: only `what-if-thread.ts` starts this file, with this.
const { cache, isCCollation, extensions } = workerData as WhatIfOpening;

const root = await mkdtemp(join(tmpdir(), 'outrider-what-if-'));
const directory = join(root, 'data');
await copyTemplate(directory, cache, isCCollation);
const database = await PGlite.create(directory, { extensions: await loaded(extensions) });

let turn = Promise.resolve();
port.on('message', (request: WhatIfRequest) => {
  turn = turn.then(() => answer(request));
});
port.postMessage({ id: 0 } satisfies WhatIfAnswer);

async function answer(request: WhatIfRequest): Promise<void> {
  try {
    const rows = await run(request);
    port.postMessage({ id: request.id, ...(rows && { rows }) } satisfies WhatIfAnswer);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ id: request.id, error: message } satisfies WhatIfAnswer);
  }
  if (request.kind === 'close') port.close();
}

async function run(request: WhatIfRequest): Promise<readonly WhatIfRow[] | undefined> {
  if (request.kind === 'query') {
    // The simple protocol: several statements at once, and GENERIC_PLAN with its `$1`.
    const results = await database.exec(request.text);
    return results.at(-1)?.rows;
  }
  if (request.kind === 'resize') await resize(join(directory, request.file), request.pages);
  if (request.kind === 'close') {
    await database.close();
    await rm(root, { recursive: true, force: true });
  }
  return undefined;
}

const pageBytes = 8192;
/** A relation lies in files of 1 GB (RELSEG_SIZE). */
const segmentPages = 131_072;
/** Sets a relation's size without writing it: the file is sparse. */
async function resize(file: string, pages: number): Promise<void> {
  let left = pages;
  for (let segment = 0; segment === 0 || left > 0; segment += 1) {
    const own = Math.min(left, segmentPages);
    const path = segment === 0 ? file : `${file}.${segment}`;
    if (segment > 0) await writeFile(path, '');
    await truncate(path, own * pageBytes);
    left -= own;
  }
}

/** Those of the server's extensions that come with the embedded PostgreSQL; others are left out. */
async function loaded(names: readonly string[]): Promise<Extensions> {
  const found: Extensions = {};
  for (const name of names) {
    try {
      const file = name.replaceAll('-', '_');
      const module: unknown = await import(`@electric-sql/pglite/contrib/${file}`);
      // Safe: every module of this folder exports its extension under its own name.
      const extension = (module as Extensions)[file];
      if (extension) found[file] = extension;
    } catch {
      // It does not come with the embedded PostgreSQL: what needs it stays unverified.
    }
  }
  return found;
}
