import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { OpenFinding } from '../../shared/protocol.ts';
import { figuresIn, lensesOf, type Figures, type LensSources } from './lenses.ts';
import { isSameFile } from './same-file.ts';
import { factsIn } from './source-facts.ts';

const finding: OpenFinding = {
  key: 'k',
  rule: 'n-plus-one/n-plus-one',
  severity: 'warning',
  title: 't',
  advice: 'a',
  evidence: [],
  plugin: 'n-plus-one',
  firstAt: '',
  lastAt: '',
  times: 12,
};
const figures = (key: string, calls = 340, p95Ms = 12.34, totalMs = 5000): Figures => ({
  key,
  calls,
  p95Ms,
  totalMs,
});

function told(sources: Partial<LensSources>, text = '\n'.repeat(50), file = 'src/a.ts'): readonly string[] {
  const document = factsIn(file, text);
  const all = { document, workspace: [document], lines: [], routes: [], findings: [], ...sources };
  return lensesOf(all).map(({ line, title }) => `${line} ${title}`);
}

describe('What is told above lines', () => {
  it('is what the statements of the line cost', () => {
    const lines = [figures('src/a.ts:12'), figures('src/b.ts:1'), figures('/app/src/a.ts:3', 1, 0.04)];
    assert.deepEqual(told({ lines }), ['3 SQL: p95 0.0 ms · 1 call', '12 SQL: p95 12 ms · 340 calls']);
  });

  it('adds up the lines of a function', () => {
    const text = `export async function list() {\n  await one();\n  await two();\n}\nconst other = 1;\n`;
    const lines = [figures('src/a.ts:2'), figures('src/a.ts:3', 1000, 1, 60_000)];
    assert.equal(told({ lines }, text)[0], '1 SQL: 2 lines · 1,340 calls · 65 s altogether');
  });

  it('is what the requests of a route cost, above its handler', () => {
    const text = `router.get('/agents/:id', one)\nrouter.get('/agents', list)\n`;
    assert.deepEqual(told({ routes: [figures('GET /api/agents')] }, text), [
      '2 GET /api/agents: p95 12 ms · 340 calls (likely)',
    ]);
    const better = factsIn('src/b.ts', `app.get('/api/agents', list)`);
    assert.deepEqual(told({ routes: [figures('GET /api/agents')], workspace: [better] }, text), []);
  });

  it('is how often an N+1 was seen, and whether that is a guess', () => {
    const at = { finding, file: 'src/a.ts', line: 7 };
    assert.deepEqual(told({ findings: [{ ...at, isGuess: false }] }), ['7 N+1 seen 12 times']);
    assert.deepEqual(told({ findings: [{ ...at, isGuess: true }] }), ['7 N+1 seen 12 times (likely here)']);
    const slow = { ...at, finding: { ...finding, rule: 'slow-queries/slow' }, isGuess: false };
    assert.deepEqual(told({ findings: [slow, { ...at, file: 'src/b.ts', isGuess: false }] }), []);
  });
});

describe('Figures of a panel', () => {
  it('are read from its rows, and from nothing else', () => {
    const cell = (sortBy: number) => ({ text: `${sortBy}`, sortBy });
    const rows = [{ key: 'a.ts:1', cells: ['a.ts:1', cell(3), cell(1.5), cell(9)] }];
    assert.deepEqual(figuresIn({ kind: 'table', columns: [], rows }), [figures('a.ts:1', 3, 1.5, 9)]);
    assert.deepEqual(figuresIn({ kind: 'text', markdown: '' }), []);
    assert.deepEqual(figuresIn(null), []);
    assert.deepEqual(figuresIn({ kind: 'table', columns: [], rows: [{ key: 'x', cells: ['x'] }] }), [
      figures('x', 0, 0, 0),
    ]);
  });
});

describe('A file that a backend names', () => {
  it('is the one whose path ends alike', () => {
    assert.ok(isSameFile('src/a.ts', 'src/a.ts'));
    assert.ok(isSameFile('src/a.ts', '/app/src/a.ts'));
    assert.ok(isSameFile('packages/api/src/a.ts', 'src/a.ts'));
    assert.ok(isSameFile('src/a.ts', 'C:\\app\\src\\a.ts'));
    assert.ok(!isSameFile('src/a.ts', 'lib/a.ts'));
    assert.ok(!isSameFile('src/a.ts', ''));
  });
});
