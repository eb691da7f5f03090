import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { ormOf } from './orm.ts';
import { readTraces } from './testing/labelled-traces.ts';
import { scoreOf } from './testing/score.ts';

/** Recorded by bench/n-plus-one/record from real ORMs and drivers. */
const traces = readTraces(join(import.meta.dirname, '../../bench/n-plus-one/traces'));
const usual = { least: 5, leastWithoutParent: 12 };
const goal = 0.98;

describe('traces of real ORMs and drivers', () => {
  it('are at least thirty N+1s and thirty look-alikes', () => {
    const all = [...traces.values()].flat();
    assert.ok(all.filter(({ is }) => is === 'n-plus-one').length >= 30);
    assert.ok(all.filter(({ is }) => is !== 'n-plus-one').length >= 30);
  });

  for (const [name, labelled] of traces) {
    const score = scoreOf(name, labelled, usual);
    it(`${name}: N+1s are found, and nothing else is taken for one`, () => {
      const faults = score.verdicts.flatMap((each) => [
        ...each.missed.map((pattern) => `missed ${pattern} in ${each.labelled.name}`),
        ...each.wrong.map(({ text }) => `wrong ${text} in ${each.labelled.name}`),
      ]);
      assert.ok(score.recall >= goal && score.precision >= goal, faults.join('\n'));
    });

    it(`${name}: the same statement with the same values is told as such`, () => {
      const { recall, precision } = scoreOf(name, labelled, usual, 'duplicate');
      assert.deepEqual({ recall, precision }, { recall: 1, precision: 1 });
    });

    it(`${name}: the tool is recognised by its SQL`, () => {
      for (const { found, labelled: trace } of score.verdicts)
        for (const { executions } of found)
          assert.equal(ormOf(executions.first), ownToolOf(trace.name, trace.tool));
    });
  }
});

/** What a program wrote by hand is plain SQL, whichever tool sent it. */
const ownToolOf = (name: string, tool: string): string => (name.startsWith('raw ') ? 'plain SQL' : tool);
