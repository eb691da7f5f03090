import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { riskOf, versionRisk } from './what-if-plan.ts';

const leads = new Map([['runs_agent_id_at_idx', 'agent_id']]);
const scan = (condition: string) => ({
  'Node Type': 'Index Scan',
  'Index Name': 'runs_agent_id_at_idx',
  'Index Cond': condition,
});

describe('what a plan may turn out to be', () => {
  it('is far dearer on a server that cannot skip through the first column of an index', () => {
    const skipping = { 'Node Type': 'Limit', Plans: [scan("(at > '2025-01-01'::date)")] };
    assert.ok(versionRisk(skipping, leads, 150_004) > 1);
    assert.equal(versionRisk(skipping, leads, 180_001), 1);
  });

  it('is what it says where the first column is asked for, not one of another table by that name', () => {
    assert.equal(versionRisk(scan('(agent_id = 5)'), leads, 150_004), 1);
    assert.ok(versionRisk(scan('(at = other.agent_id)'), leads, 150_004) > 1);
  });

  it('is dearer when a LIMIT hopes to find rows soon in an order', () => {
    const hopeful = { 'Node Type': 'Index Scan', 'Index Name': 'i', Filter: '(ok)' };
    const limited = { 'Node Type': 'Limit', Plans: [hopeful] };
    assert.ok(riskOf(limited, new Map([['i', 0]])) > 1);
    assert.equal(riskOf(hopeful, new Map([['i', 0]])), 1);
  });
});
