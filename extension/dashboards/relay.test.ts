import { apiKeyClient } from '../../shared/api-key-client.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PanelInfo } from '../../shared/protocol.ts';
import { GatewayProblem, type GatewayClient } from '../gateway/client.ts';
import { listeners } from '../gateway/listeners.ts';
import type { DashboardId } from './catalogue.ts';
import type { ToDashboard } from './messages.ts';
import { relay, type Surroundings } from './relay.ts';
import type { Session, SessionChange } from './session.ts';

const info = (id: string, dashboard: DashboardId): PanelInfo => ({ id, title: id, dashboard, plugin: 'a' });
const view = { kind: 'text', markdown: 'x' } as const;
const sent = (panel: string): SessionChange => ({
  kind: 'panel',
  message: { kind: 'panel', panel, position: 4, view },
});

/** A session that knows two panels of two dashboards, and a page that keeps what it is told. */
function stage(client: Partial<GatewayClient> = {}, more: Partial<Surroundings> = {}) {
  const changes = listeners<SessionChange>();
  const watched: string[] = [];
  const told: ToDashboard[] = [];
  const session: Session = {
    gateway: 'http://gateway',
    // Safe: a test gives what it asks.
    client: client as GatewayClient,
    keys: apiKeyClient({ gateway: 'http://gateway', token: 'none' }),
    connection: { kind: 'live' },
    catalogue: { panels: [info('a/one', 'keys'), info('a/two', 'events')], commands: [], plugins: [] },
    status: null,
    findings: [],
    panel: () => ({ view, position: 3, failure: null }),
    onChange: changes.add,
    watch(panels) {
      watched.push(...panels);
      return () => panels.forEach((panel) => watched.splice(watched.indexOf(panel), 1));
    },
    watchEvents() {},
    unwatchEvents() {},
    refresh: async () => {},
    close() {},
  };
  const joined = relay(session, 'keys', {
    post: (message) => told.push(message),
    openFile() {},
    copy() {},
    showElsewhere: () => false,
    ...more,
  });
  const kinds = () => told.map(({ kind }) => kind);
  return { joined, changes, watched, told, kinds };
}

describe('The relay between a session and a dashboard', () => {
  it('tells everything once the page is ready, and again when it is shown again', () => {
    const { joined, kinds } = stage();
    const everything = ['dashboard', 'connection', 'catalogue', 'findings', 'panels'];
    joined.receive({ kind: 'ready' });
    assert.deepEqual(kinds(), everything);
    joined.replay();
    assert.deepEqual(kinds(), [...everything, ...everything]);
  });

  it('watches and passes on only the panels of its dashboard', () => {
    const { joined, changes, watched, told } = stage();
    assert.deepEqual(watched, ['a/one']);
    changes.tell(sent('a/two'));
    assert.equal(told.length, 0);
    changes.tell(sent('a/one'));
    assert.equal(told.length, 1);
    joined.receive({ kind: 'show', dashboard: 'events' });
    assert.deepEqual(watched, ['a/two']);
  });

  it('answers each question with its number, and refuses in sentences', async () => {
    const problem = { status: 400, code: 'input_invalid', title: 'Not valid.', todo: 'Correct it.' };
    const { joined, told } = stage({
      run: async (command) => {
        if (command === 'a/wrong') throw new GatewayProblem(problem);
        return { done: true };
      },
    });
    joined.receive({ kind: 'ask', id: 1, question: { what: 'run', command: 'a/right', input: {} } });
    joined.receive({ kind: 'ask', id: 2, question: { what: 'run', command: 'a/wrong', input: {} } });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(told, [
      { kind: 'answer', id: 1, result: { done: true } },
      {
        kind: 'refusal',
        id: 2,
        problem: { code: 'input_invalid', message: 'Not valid. Correct it.', issues: [] },
      },
    ]);
  });

  it('is quiet and watches nothing once it is disposed', () => {
    const { joined, changes, watched, told } = stage();
    joined.dispose();
    changes.tell(sent('a/one'));
    assert.deepEqual([watched, told], [[], []]);
  });

  it('lets the place it is drawn in do what it does itself, and asks the sidecar for the rest', async () => {
    const ran: string[] = [];
    const run = async (command: string) => ran.push(command);
    const runHere = (command: string) => (command === 'a/write' ? Promise.resolve('here') : null);
    const { joined, told } = stage({ run }, { runHere });
    for (const [id, command] of ['a/write', 'a/read'].entries())
      joined.receive({ kind: 'ask', id, question: { what: 'run', command, input: {} } });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(ran, ['a/read']);
    assert.deepEqual(told.slice(-2), [
      { kind: 'answer', id: 0, result: 'here' },
      { kind: 'answer', id: 1, result: 1 },
    ]);
  });
});
