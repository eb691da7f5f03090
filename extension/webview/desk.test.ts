import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { suggestedBy } from '../../shared/command.ts';
import type { CommandInfo } from '../../shared/protocol.ts';
import type { Question } from '../dashboards/messages.ts';
import { deskWorker, emptyDesk, type Desk } from './desk.ts';
import { Refused } from './port.ts';

const schema = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };
const info = (id: string, effect: CommandInfo['effect']): CommandInfo => ({
  id,
  plugin: 'demo',
  title: `Title of ${id}`,
  effect,
  returnsView: effect === 'read',
  inputSchema: schema,
});
const tagged: CommandInfo = {
  ...info('demo/tag', 'change'),
  inputSchema: {
    type: 'object',
    properties: { tags: { type: 'array', items: { type: 'string' }, ...suggestedBy('demo/names') } },
    required: ['tags'],
  },
};
const commands = [
  tagged,
  info('demo/names', 'read'),
  info('demo/open', 'read'),
  info('demo/revoke', 'change'),
  info('demo/create', 'secret'),
];
const text = (markdown: string) => ({ kind: 'text' as const, markdown });

/** A desk over a gateway that answers by a table of outputs. */
function stage(outputs: Readonly<Record<string, unknown>>) {
  const seen: { desk: Desk } = { desk: emptyDesk };
  const asked: Question[] = [];
  const worker = deskWorker({
    asker: {
      ask: async (question) => {
        asked.push(question);
        const output = question.what === 'run' ? outputs[question.command] : undefined;
        if (output instanceof Error) throw output;
        // Safe: only `run` is asked here, and its answer is unknown.
        return output as never;
      },
    },
    command: (id) => commands.find((command) => command.id === id),
    onChange: (desk) => void (seen.desk = desk),
    after: () => {},
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { worker, seen, asked, settle };
}

describe('Running an action', () => {
  it('opens what a read command shows in the drawer', async () => {
    const { worker, seen, settle } = stage({ 'demo/open': text('details') });
    worker.act({ label: 'Open', command: 'demo/open', input: { id: '1' } });
    await settle();
    assert.deepEqual(seen.desk.drawer.at(-1)?.view, text('details'));
  });

  it('offers in the form what another command suggests for a field', async () => {
    const { worker, seen, asked, settle } = stage({ 'demo/names': { suggestions: ['a', 'b'] } });
    worker.act({ label: 'Tag', command: 'demo/tag' });
    await settle();
    assert.deepEqual(asked, [{ what: 'run', command: 'demo/names', input: {} }]);
    assert.deepEqual(seen.desk.form?.suggestions, { tags: ['a', 'b'] });
  });

  it('shows a form whose suggestions cannot be had', async () => {
    const { worker, seen, settle } = stage({ 'demo/names': new Error('away') });
    worker.act({ label: 'Tag', command: 'demo/tag' });
    await settle();
    assert.deepEqual(seen.desk.form?.suggestions, {});
    assert.equal(seen.desk.notices.length, 0);
  });

  it('asks for required input that is left out, then runs with both', async () => {
    const { worker, seen, asked, settle } = stage({ 'demo/revoke': {} });
    worker.act({ label: 'Revoke', command: 'demo/revoke', input: { reason: 'r' } });
    assert.deepEqual(
      seen.desk.form?.fields.map(({ name }) => name),
      ['id'],
    );
    worker.submit({ id: '1' });
    await settle();
    assert.deepEqual(asked, [{ what: 'run', command: 'demo/revoke', input: { reason: 'r', id: '1' } }]);
    assert.equal(seen.desk.form, null);
    assert.equal(seen.desk.notices[0]?.tone, 'good');
  });

  it('asks the question of an action before it runs', async () => {
    const { worker, seen, asked, settle } = stage({ 'demo/revoke': {} });
    worker.act({ label: 'Revoke', command: 'demo/revoke', input: { id: '1' }, confirm: 'Sure?' });
    await settle();
    assert.equal(asked.length, 0);
    assert.equal(seen.desk.form?.question, 'Sure?');
    worker.closeForm();
    assert.equal(seen.desk.form, null);
  });

  it('shows a secret once, from the view that comes with it', async () => {
    const secret = { kind: 'secret', label: 'Key', value: 'v', note: 'n' };
    const { worker, seen, settle } = stage({ 'demo/create': { key: 'v', view: secret } });
    worker.act({ label: 'Create', command: 'demo/create', input: { id: '1' } });
    await settle();
    assert.deepEqual(seen.desk.once?.view, secret);
    worker.closeOnce();
    assert.equal(seen.desk.once, null);
  });

  it('masks a secret that comes without a view', async () => {
    const { worker, seen, settle } = stage({ 'demo/create': { apiKey: 'v' } });
    worker.act({ label: 'Create', command: 'demo/create', input: { id: '1' } });
    await settle();
    const view = seen.desk.once?.view;
    assert.equal(view?.kind === 'stack' && view.children[0]?.kind, 'secret');
  });

  it('keeps the form and says at the field what is wrong with it', async () => {
    const issues = [{ path: 'id', message: 'There is no such key.' }];
    const refused = new Refused({ code: 'input_invalid', message: 'Not valid.', issues });
    const { worker, seen, settle } = stage({ 'demo/revoke': refused });
    worker.act({ label: 'Revoke', command: 'demo/revoke' });
    worker.submit({ id: 'x' });
    await settle();
    assert.deepEqual(seen.desk.form?.refusal, {
      message: 'Correct what is marked.',
      byField: { id: 'There is no such key.' },
    });
    assert.equal(seen.desk.form?.isRunning, false);
  });

  it('says below the form what is wrong with no field of it, once', async () => {
    const issues = [{ path: '', message: 'There is no field `x` here.' }];
    const message = 'The input is not valid. There is no field `x` here.';
    const { worker, seen, settle } = stage({
      'demo/revoke': new Refused({ code: 'input_invalid', message, issues }),
    });
    worker.act({ label: 'Revoke', command: 'demo/revoke' });
    worker.submit({ id: 'x' });
    await settle();
    assert.deepEqual(seen.desk.form?.refusal, { message, byField: {} });
  });

  it('draws the drawer anew after something was changed', async () => {
    const outputs: Record<string, unknown> = { 'demo/open': text('before'), 'demo/revoke': {} };
    const { worker, seen, settle } = stage(outputs);
    worker.act({ label: 'Open', command: 'demo/open', input: { id: '1' } });
    await settle();
    outputs['demo/open'] = text('after');
    worker.act({ label: 'Revoke', command: 'demo/revoke', input: { id: '1' } });
    await settle();
    assert.deepEqual(seen.desk.drawer.at(-1)?.view, text('after'));
  });

  it('says so when the command’s plugin is not running', () => {
    const { worker, seen } = stage({});
    worker.act({ label: 'X', command: 'gone/away' });
    assert.match(seen.desk.notices[0]?.text ?? '', /no command gone\/away/);
  });
});
