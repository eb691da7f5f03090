import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { afterMessage, type SeenPanel } from './panel-views.ts';

const held: SeenPanel = { view: { kind: 'text', markdown: 'one' }, position: 7, failure: null };
const patch = (from: number, path: string) => ({
  kind: 'panel-patch' as const,
  panel: 'a/b',
  from,
  position: 9,
  patch: [{ op: 'replace' as const, path, value: 'two' }],
});

describe('A panel after a message', () => {
  it('is the whole view that was sent', () => {
    const view = { kind: 'text', markdown: 'new' };
    const next = afterMessage(undefined, { kind: 'panel', panel: 'a/b', position: 3, view });
    assert.deepEqual(next, { view, position: 3, failure: null });
  });

  it('is the patched view, and the one before stays as it was', () => {
    const next = afterMessage(held, patch(7, '/markdown'));
    assert.deepEqual(next, { view: { kind: 'text', markdown: 'two' }, position: 9, failure: null });
    assert.deepEqual(held.view, { kind: 'text', markdown: 'one' });
  });

  it('has to be asked for anew when a message was missed or does not fit', () => {
    assert.equal(afterMessage(held, patch(6, '/markdown')), null);
    assert.equal(afterMessage(held, patch(7, '/rows/0')), null);
    assert.equal(afterMessage(undefined, patch(7, '/markdown')), null);
  });

  it('keeps the last good view when the panel failed', () => {
    const next = afterMessage(held, { kind: 'panel-failed', panel: 'a/b', message: 'It threw.' });
    assert.deepEqual(next, { ...held, failure: 'It threw.' });
  });
});
