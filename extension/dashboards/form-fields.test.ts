import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { offered, subject } from '../../shared/command.ts';
import { fieldsOf, inputOf, wordsOf } from './form-fields.ts';

const schemaOf = (schema: z.ZodType) => z.toJSONSchema(schema, { io: 'input' });
const schema = schemaOf(
  z.object({
    label: z.string().describe('What it is for.'),
    scopes: z.array(z.string()).default([]),
    mode: z.enum(['live', 'test']),
    graceSeconds: z.number().int().min(0).max(60).optional(),
    expiresAt: z.iso.datetime().nullable().default(null),
    isReadOnly: z.boolean().default(false),
    rateLimit: z
      .object({ requests: z.number().int().positive(), seconds: z.number() })
      .nullable()
      .default(null),
    metadata: z.record(z.string(), z.string()).default({}),
  }),
);
const all = fieldsOf(schema, {}, 'all');
const field = (name: string) => all.find((each) => each.name === name);

describe('The form of a command', () => {
  it('draws a control for each kind of value', () => {
    assert.deepEqual(
      all.map(({ control }) => control.kind),
      ['text', 'texts', 'choice', 'number', 'date-time', 'boolean', 'group', 'pairs'],
    );
    assert.equal(field('label')?.hint, 'What it is for.');
    assert.equal(field('graceSeconds')?.label, 'Grace seconds');
  });

  it('asks only for required input that the action leaves out', () => {
    const missing = fieldsOf(schema, { mode: 'live' }, 'missing');
    assert.deepEqual(
      missing.map(({ name }) => name),
      ['label'],
    );
  });

  it('shows what is given when all is asked', () => {
    const [label] = fieldsOf(schema, { label: 'ci' }, 'all');
    assert.equal(label?.initial, 'ci');
  });

  it('reads values as what the schema says they are', () => {
    const read = inputOf(all, {
      label: 'ci',
      scopes: 'GET /a\n\n POST /b ',
      mode: 'test',
      graceSeconds: '30',
      expiresAt: '2026-11-23T10:00:00Z',
      isReadOnly: true,
      'rateLimit.requests': '5',
      'rateLimit.seconds': '1.5',
      metadata: 'team: core\nlink: http://x',
    });
    assert.deepEqual(read, {
      input: {
        label: 'ci',
        scopes: ['GET /a', 'POST /b'],
        mode: 'test',
        graceSeconds: 30,
        expiresAt: '2026-11-23T10:00:00.000Z',
        isReadOnly: true,
        rateLimit: { requests: 5, seconds: 1.5 },
        metadata: { team: 'core', link: 'http://x' },
      },
    });
  });

  it('leaves out what stayed empty and says what is needed', () => {
    assert.deepEqual(inputOf(all, { mode: 'live' }), { wrong: { label: 'This is needed.' } });
    const read = inputOf(all, { label: 'x', mode: 'live' });
    assert.deepEqual('input' in read && Object.keys(read.input).sort(), ['isReadOnly', 'label', 'mode']);
  });

  it('does not take a default within a group for a beginning', () => {
    const quota = z.object({ requests: z.number(), per: z.enum(['day', 'month']).default('day') });
    const fields = fieldsOf(schemaOf(z.object({ quota: quota.nullable().default(null) })), {}, 'all');
    assert.deepEqual(inputOf(fields, {}), { input: {} });
    assert.deepEqual(inputOf(fields, { 'quota.requests': '5' }), {
      input: { quota: { requests: 5, per: 'day' } },
    });
  });

  it('keeps a group that was given', () => {
    const limit = z.object({ requests: z.number() }).nullable();
    const fields = fieldsOf(schemaOf(z.object({ limit })), { limit: { requests: 3 } }, 'all');
    assert.deepEqual(inputOf(fields, {}), { input: { limit: { requests: 3 } } });
  });

  it('takes away what was given and is emptied', () => {
    const given = {
      mode: 'live',
      scopes: ['GET /a'],
      expiresAt: '2027-01-01T00:00:00Z',
      rateLimit: { requests: 5, seconds: 1 },
    };
    const read = inputOf(fieldsOf(schema, { label: 'x', ...given }, 'all'), {
      scopes: '',
      expiresAt: '',
      'rateLimit.requests': '',
      'rateLimit.seconds': '',
    });
    assert.ok('input' in read);
    const { scopes, expiresAt, rateLimit } = read.input;
    assert.deepEqual({ scopes, expiresAt, rateLimit }, { scopes: [], expiresAt: null, rateLimit: null });
  });

  it('does not ask again what the command is about', () => {
    const about = schemaOf(z.object({ id: z.string().meta(subject()), label: z.string().optional() }));
    const names = (given: object) => fieldsOf(about, { ...given }, 'all').map(({ name }) => name);
    assert.deepEqual(names({ id: '7', label: 'x' }), ['label']);
    assert.deepEqual(names({}), ['id', 'label']);
  });

  it('begins with what is offered, and leaves out what was cleared', () => {
    const days = schemaOf(z.object({ days: z.number().nullable().optional().meta(offered(90)) }));
    const read = (given: object, values: Record<string, string>) =>
      inputOf(fieldsOf(days, { ...given }, 'all'), values);
    assert.deepEqual(read({}, {}), { input: { days: 90 } });
    assert.deepEqual(read({}, { days: '' }), { input: {} });
    // Nothing is what was set before: the form does not offer to change it.
    assert.deepEqual(read({ days: null }, {}), { input: {} });
  });

  it('wants a group whole once it is begun', () => {
    const read = inputOf(all, { label: 'x', mode: 'live', 'rateLimit.requests': '5' });
    assert.deepEqual(read, { wrong: { 'rateLimit.seconds': 'This is needed.' } });
  });

  it('refuses what is no number, no date, or out of bounds, with a sentence', () => {
    const read = inputOf(all, { label: 'x', mode: 'live', graceSeconds: '61', expiresAt: 'soon' });
    assert.deepEqual('wrong' in read && Object.keys(read.wrong), ['graceSeconds', 'expiresAt']);
  });

  it('masks what is called a secret', () => {
    const [password] = fieldsOf(schemaOf(z.object({ password: z.string() })), {}, 'all');
    assert.deepEqual(password?.control, { kind: 'text', isLong: false, isSecret: true });
  });

  it('writes names as words', () => {
    assert.equal(wordsOf('gracePeriodSeconds'), 'Grace period seconds');
  });
});
