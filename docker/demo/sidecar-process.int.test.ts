import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { startSidecar } from './sidecar-process.ts';

describe('A sidecar started for the demo', () => {
  let workspace: string;

  beforeEach(() => (workspace = mkdtempSync(join(tmpdir(), 'outrider-demo-'))));
  afterEach(() => rmSync(workspace, { recursive: true, force: true }));

  it('that does not listen in time is given up with a sentence', async () => {
    const starting = startSidecar({ workspace, config: {}, startSeconds: 0.001 });

    await assert.rejects(starting, /did not listen within 0\.001 s; the machine may be too busy/);
  });

  it('whose configuration is wrong is given up with what it said about it', async () => {
    const starting = startSidecar({ workspace, config: { http: { upstream: 'nowhere' } } });

    await assert.rejects(
      starting,
      /stopped before it listened:[^]*http\.upstream: Write the URL of the backend/,
    );
  });
});
