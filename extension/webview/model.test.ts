import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FromDashboard, ToDashboard } from '../dashboards/messages.ts';
import type { PanelMessage } from '../gateway/panel-views.ts';
import { afterReceived, firstModel, headOf, type Model } from './model.ts';
import { needsWidth } from './panel-width.ts';
import { asker } from './port.ts';
import { readToken } from './token.ts';

const after = (...messages: readonly ToDashboard[]): Model => messages.reduce(afterReceived, firstModel);
const view = { kind: 'text', markdown: 'one' };
const panel = { kind: 'panel', message: { kind: 'panel', panel: 'a/b', position: 12, view } } as const;

describe('What a dashboard knows', () => {
  it('is every panel as it was seen last', () => {
    const model = after(panel);
    assert.deepEqual(model.panels['a/b']?.view, view);
    assert.equal(headOf(model), 12);
  });

  it('starts anew when another dashboard is shown, and not when the same is', () => {
    assert.deepEqual(after(panel, { kind: 'dashboard', dashboard: 'keys' }).panels, {});
    assert.equal(Object.keys(after(panel, { kind: 'dashboard', dashboard: 'overview' }).panels).length, 1);
  });

  it('leaves a patch that does not fit', () => {
    const patch: PanelMessage = { kind: 'panel-patch', panel: 'a/b', from: 1, position: 13, patch: [] };
    assert.equal(after(panel, { kind: 'panel', message: patch }).panels['a/b']?.position, 12);
  });

  it('travels when it is told to, and comes back', () => {
    const past = after({ kind: 'travel', position: 4 });
    assert.deepEqual(past.moment, { kind: 'past', position: 4 });
    assert.deepEqual(afterReceived(past, { kind: 'travel', position: null }).moment, { kind: 'live' });
  });
});

describe('Questions over a port', () => {
  it('are answered each with its own, a few at a time', async () => {
    const sent: FromDashboard[] = [];
    const questions = asker({ post: (message) => sent.push(message) });
    const asked = [1, 2, 3, 4].map((position) => questions.ask({ what: 'panel-at', panel: 'a/b', position }));
    assert.equal(sent.length, 3);
    questions.receive({ kind: 'answer', id: 2, result: 'two' });
    assert.equal(await asked[1], 'two');
    assert.equal(sent.length, 4);
  });

  it('are refused with the sentences given', async () => {
    const questions = asker({ post: () => {} });
    const asked = questions.ask({ what: 'run', command: 'a/b', input: {} });
    questions.receive({ kind: 'refusal', id: 1, problem: { code: 'x', message: 'No.', issues: [] } });
    await assert.rejects(asked, /No\./);
  });

  it('leave other messages to others', () => {
    assert.equal(asker({ post: () => {} }).receive({ kind: 'travel', position: 1 }), false);
  });
});

describe('The token of a browser', () => {
  const kept = { getItem: () => 'kept' };

  it('is the one in the address, which has to be taken out of it', () => {
    assert.deepEqual(readToken({ hash: '#token=abc' }, kept), { token: 'abc', isInAddress: true });
  });

  it('is otherwise the one kept for this tab', () => {
    assert.deepEqual(readToken({ hash: '#security' }, kept), { token: 'kept', isInAddress: false });
  });
});

describe('The width of a panel', () => {
  it('is the whole where a table has many columns or four figures stand together', () => {
    const columns = (count: number) => Array.from({ length: count }, () => ({ label: 'x' }));
    const stat = { kind: 'stat', label: 'x', value: '1' } as const;
    assert.equal(needsWidth({ kind: 'table', columns: columns(4), rows: [] }), true);
    assert.equal(needsWidth({ kind: 'table', columns: columns(3), rows: [] }), false);
    assert.equal(needsWidth({ kind: 'stack', children: [stat, stat, stat, stat] }), true);
    assert.equal(needsWidth({ kind: 'stack', children: [stat] }), false);
  });
});
