import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { startStandIn, type StandIn } from '../testing/stand-in-gateway.ts';
import { startSession, type Session, type SessionChange } from './session.ts';

/** The session over real sockets. */
describe('A session with a gateway', () => {
  let gateway: StandIn;
  let session: Session;
  const changes: SessionChange[] = [];

  before(async () => {
    gateway = await startStandIn('.');
    session = startSession({
      actor: 'test',
      gateway: gateway.url,
      token: gateway.token,
      openSocket: (url) => new WebSocket(url),
    });
    session.onChange((change) => changes.push(change));
  });
  after(async () => {
    session.close();
    await gateway.close();
  });

  /** The next change that fits, from now on. */
  function next<K extends SessionChange['kind']>(
    kind: K,
    fits: (change: Extract<SessionChange, { kind: K }>) => boolean = () => true,
  ): Promise<void> {
    return new Promise((resolve) => {
      const stop = session.onChange((change) => {
        // Safe: compared by its kind just before.
        if (change.kind !== kind || !fits(change as Extract<SessionChange, { kind: K }>)) return;
        stop();
        resolve();
      });
    });
  }

  it('knows what there is to see once it is live', async () => {
    await next('catalogue');
    assert.equal(session.connection.kind, 'live');
    assert.ok(session.catalogue.panels.length > 5);
    assert.equal(session.findings.length, 2);
  });

  it('keeps watched panels up to date, also over a lost connection', async () => {
    const stop = session.watch(['demo/figures']);
    await next('panel');
    assert.equal(session.panel('demo/figures')?.position, 1000);
    gateway.dropSockets();
    await next('connection', ({ connection }) => connection.kind === 'waiting');
    const again = next('panel');
    gateway.show(4);
    await again;
    assert.equal(session.panel('demo/figures')?.position, 1040);
    stop();
    assert.equal(session.panel('demo/figures'), undefined);
  });

  it('gives a panel as it was, and runs commands', async () => {
    assert.equal((await session.client.panelAt('demo/figures', 1010)).position, 1010);
    const { from, to } = await session.client.compare('demo/figures', 1000, 1020);
    assert.deepEqual([from.position, to.position], [1000, 1020]);
    assert.deepEqual(await session.client.run('demo/exclude', { id: 'x' }), { done: true });
  });
});
