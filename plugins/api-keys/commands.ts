import { z } from 'zod';
import {
  OutriderError,
  apiKeyEnvironmentPattern,
  command,
  minuteText,
  offered,
  subject,
  suggestedBy,
  viewCommand,
  type Command,
  type View,
} from '../../shared/index.ts';
import type { KeyIndex } from './key-index.ts';
import {
  keySettings,
  publicKey,
  statusOf,
  withoutDigest,
  type KeyRecord,
  type PublicKey,
} from './key-record.ts';
import { keyView } from './key-view.ts';
import type { FreshKey, KeyLife } from './life.ts';
import type { KeyStore } from './key-store.ts';
import type { Quotas } from './quotas.ts';
import { usageReport } from './usage-report.ts';
import type { UsageLog } from './usage-log.ts';

interface Parts {
  readonly life: KeyLife;
  readonly store: Pick<KeyStore, 'sealed'>;
  readonly index: KeyIndex;
  readonly quotas: Quotas;
  readonly usage: UsageLog;
  readonly now: () => Date;
}

/** A number, also from an address or a form, where everything is text. */
const number = () => z.coerce.number();

/** A list of words from a form or a command line: separated by commas or line ends. */
const words = <Item extends z.ZodType>(item: Item) =>
  z.preprocess((given) => (typeof given === 'string' ? splitWords(given) : given), z.array(item).max(200));

const settings = {
  owner: keySettings.shape.owner.default(null).describe('Who answers for the key: a team or a person.'),
  scopes: words(keySettings.shape.scopes.element)
    .default(['*'])
    .describe(
      'One a line, or with commas between: `GET /agents/:id`, `* /agents/*` or `*`. Left empty, the key may do everything.',
    )
    .meta(suggestedBy('api-keys/routes-seen')),
  addresses: words(keySettings.shape.addresses.element)
    .default([])
    .describe('Ranges it may be used from, e.g. `10.0.0.0/8`, one a line. Left empty, from anywhere.'),
  rateLimit: keySettings.shape.rateLimit.default(null).describe('Left empty, there is none.'),
  quota: keySettings.shape.quota.default(null).describe('By UTC day and month; left empty, there is none.'),
  expiresAt: keySettings.shape.expiresAt.default(null).describe('An exact moment, in place of days.'),
  rotateEveryDays: keySettings.shape.rotateEveryDays
    .default(null)
    .describe('When it is so old, its rotation is due. Left empty, it is rotated by hand.'),
  sealTo: keySettings.shape.sealTo
    .default(null)
    .describe(
      'RSA public key (PEM) of its holder: the schedule then rotates by itself and leaves the successor sealed for them.',
    ),
  metadata: keySettings.shape.metadata.default({}).describe('Anything else to know of it, as `name: value`.'),
};

/** What a form asks first. */
const { owner, scopes, ...lessAsked } = settings;

const expiresInDays = number()
  .positive()
  .max(3650)
  .optional()
  .describe('When it ends. Left empty, it never ends by itself.');

/** What a form offers: long enough to forget nobody, short enough that a lost key does not open doors for years. */
const usualDays = 90;

/** Strict, as every input here: a misspelt `scopes` must not make a key that may do everything. */
const createInput = z.strictObject({
  label: keySettings.shape.label.describe('What it is for: an application, a pipeline, a partner.'),
  owner,
  scopes,
  expiresInDays: expiresInDays.meta(offered(usualDays)),
  ...lessAsked,
  environment: z
    .string()
    .regex(apiKeyEnvironmentPattern, 'Give 2 to 12 small letters, e.g. live.')
    .optional()
    .describe('`live` or `test`, for instance; it stands in the key. Left empty: as configured.'),
});

/** The key goes on elsewhere, so no end is offered: it would take somebody by surprise. */
const importInput = z.strictObject({
  label: createInput.shape.label,
  digest: z
    .string()
    .toLowerCase()
    .regex(/^[0-9a-f]{64}$/, 'Give the SHA-256 of the key: 64 hexadecimal digits.')
    .describe('SHA-256 of the whole key, hexadecimal: `printf %s "$KEY" | sha256sum`.'),
  // What it may do, and until when, is asked before what only helps to tell it from others.
  scopes,
  expiresInDays,
  start: publicKey.shape.start
    .max(20)
    .default('imported')
    .describe('How it begins, to tell it from others; never the whole key.'),
  owner,
  ...lessAsked,
});

const keyId = z.strictObject({ id: z.string().min(1).max(100).meta(subject()) });

export function keyCommands({ life, store, index, quotas, usage, now }: Parts): Record<string, Command> {
  const shown = (key: PublicKey) => ({
    ...key,
    status: statusOf(key, now().getTime()),
    lastUsedAt: isoOf(index.byId(key.id)?.lastUsedMs ?? 0),
  });
  const withExpiry = <Given extends { expiresAt: string | null; expiresInDays?: number | undefined }>({
    expiresInDays,
    ...given
  }: Given) =>
    expiresInDays === undefined
      ? given
      : { ...given, expiresAt: new Date(now().getTime() + expiresInDays * 86_400_000).toISOString() };

  return {
    create: command({
      title: 'Create an API key',
      summary: 'Makes a key and shows its secret once.',
      effect: 'secret',
      cli: 'keys create',
      http: { method: 'POST', path: '/api/security/api-keys', status: 201 },
      input: createInput,
      async run(input, { actor }) {
        const { environment, ...given } = withExpiry(input);
        return revealed(await life.create(given, environment, actor), shown);
      },
    }),
    list: command({
      title: 'List API keys',
      summary: 'Keys in order of creation, filtered and page by page; never a secret.',
      effect: 'read',
      cli: 'keys list',
      http: { method: 'GET', path: '/api/security/api-keys' },
      input: z.strictObject({
        status: z.enum(['active', 'rotating', 'expired', 'revoked']).optional(),
        owner: z.string().optional(),
        /** Part of a label, owner, id or start. */
        search: z.string().max(200).optional(),
        /** The id of the last key of the page before. */
        after: z.string().optional(),
        limit: number().int().min(1).max(1000).default(100),
      }),
      run({ status, owner, search, after = '', limit }) {
        const found = inOrder(index).filter(
          (key) =>
            key.id > after &&
            (status === undefined || statusOf(key, now().getTime()) === status) &&
            (owner === undefined || key.owner === owner) &&
            (search === undefined || isAbout(key, search)),
        );
        const page = found.slice(0, limit);
        return {
          keys: page.map((key) => shown(withoutDigest(key))),
          next: found.length > limit ? page.at(-1)?.id : null,
        };
      },
    }),
    read: command({
      title: 'Read an API key',
      effect: 'read',
      cli: 'keys show',
      http: { method: 'GET', path: '/api/security/api-keys/:id' },
      input: keyId,
      run({ id }) {
        const key = index.byId(id);
        if (!key) throw new OutriderError('key_not_found', id);
        return { ...shown(withoutDigest(key.record)), used: quotas.used(id, now().getTime()) };
      },
    }),
    open: viewCommand({
      title: 'API key',
      input: keyId,
      async run({ id }) {
        const key = index.byId(id);
        if (!key) throw new OutriderError('key_not_found', id);
        await usage.catchUp();
        return keyView({
          key: withoutDigest(key.record),
          lastUsedMs: key.lastUsedMs,
          used: quotas.used(id, now().getTime()),
          usage: usage.of(id),
          nowMs: now().getTime(),
        });
      },
    }),
    identify: command({
      title: 'Whose API key is this?',
      summary: 'Finds a key by the SHA-256 of its text, so the text itself need not be sent.',
      effect: 'read',
      input: z.strictObject({ digest: z.string().regex(/^[0-9a-f]{64}$/) }),
      run({ digest }) {
        const found = index.byDigest(digest);
        return { key: found ? shown(withoutDigest(found.record)) : null };
      },
    }),
    update: command({
      title: 'Change an API key',
      effect: 'change',
      cli: 'keys update',
      http: { method: 'PATCH', path: '/api/security/api-keys/:id' },
      input: keyId.extend({
        label: keySettings.shape.label.optional(),
        owner: keySettings.shape.owner.optional(),
        scopes: words(keySettings.shape.scopes.element).optional().meta(suggestedBy('api-keys/routes-seen')),
        addresses: words(keySettings.shape.addresses.element).optional(),
        rateLimit: keySettings.shape.rateLimit.optional(),
        quota: keySettings.shape.quota.optional(),
        expiresAt: keySettings.shape.expiresAt.optional(),
        rotateEveryDays: keySettings.shape.rotateEveryDays.optional(),
        sealTo: keySettings.shape.sealTo.optional(),
        metadata: keySettings.shape.metadata.optional(),
      }),
      async run({ id, ...given }, { actor }) {
        const changed = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
        return shown(await life.update(id, changed, actor));
      },
    }),
    rotate: command({
      title: 'Rotate an API key',
      summary: 'Makes its successor with the same scopes and expiry; the old one goes on for the grace.',
      effect: 'secret',
      cli: 'keys rotate',
      http: { method: 'POST', path: '/api/security/api-keys/:id/rotate' },
      input: keyId.extend({
        graceSeconds: number()
          .min(0)
          .max(90 * 86_400)
          .optional()
          .describe(
            'How long the old key goes on: 3600 is an hour, 86400 a day, 0 ends it at once. Left empty: as configured.',
          ),
      }),
      async run({ id, graceSeconds }, { actor }) {
        const rotated = await life.rotate(id, graceSeconds, actor);
        return { ...revealed(rotated, shown), replaced: shown(rotated.replaced) };
      },
    }),
    revoke: command({
      title: 'Revoke an API key',
      summary: 'Ends it at once, on every sidecar.',
      effect: 'change',
      cli: 'keys revoke',
      http: { method: 'DELETE', path: '/api/security/api-keys/:id' },
      input: keyId.extend({ reason: z.string().max(500).default('') }),
      run: async ({ id, reason }, { actor }) => shown(await life.revoke(id, reason, actor)),
    }),
    usage: command({
      title: 'Use of an API key',
      summary: 'Requests, refusals, errors, latency and database time by hour and route, and from where.',
      effect: 'read',
      cli: 'keys usage',
      http: { method: 'GET', path: '/api/security/api-keys/:id/usage' },
      input: keyId.extend({ by: z.enum(['minutes', 'hours', 'days']).default('hours') }),
      async run({ id, by }) {
        if (!index.byId(id)) throw new OutriderError('key_not_found', id);
        await usage.catchUp();
        return {
          id,
          used: quotas.used(id, now().getTime()),
          ...usageReport(usage.of(id), by, now().getTime()),
        };
      },
    }),
    collect: command({
      title: 'Collect a key rotated by schedule',
      summary:
        'The successor of a key, encrypted (RSA-OAEP, SHA-256, base64) to the public key it was sealed to.',
      effect: 'read',
      cli: 'keys collect',
      http: { method: 'GET', path: '/api/security/api-keys/:id/sealed' },
      input: keyId,
      async run({ id }) {
        const key = index.byId(id);
        if (!key) throw new OutriderError('key_not_found', id);
        const successorId = key.record.replacedBy ?? id;
        const sealed = await store.sealed(successorId);
        if (sealed === undefined) throw new OutriderError('key_not_sealed');
        return { id: successorId, sealed, algorithm: 'RSA-OAEP-256' };
      },
    }),
    import: command({
      title: 'Import an API key',
      summary: 'Takes over a key that exists elsewhere, by the SHA-256 of its text.',
      effect: 'change',
      cli: 'keys import',
      http: { method: 'POST', path: '/api/security/api-keys/import', status: 201 },
      input: importInput,
      async run({ digest, start, ...input }, { actor }) {
        return shown(await life.importByDigest(withExpiry(input), digest, start, actor));
      },
    }),
  };
}

/** The secret for a person (`view`) and for a program (`key`), with the id to speak about it later. */
function revealed({ secret, key }: FreshKey, shown: (key: PublicKey) => object) {
  const view: View = {
    kind: 'secret',
    label: `API key “${key.label}”`,
    value: secret,
    note: `Copy it now: it is kept only as a digest and cannot be shown again. ${ending(key)}`,
  };
  return { view, key: secret, id: key.id, details: shown(key) };
}

function ending({ expiresAt }: PublicKey): string {
  return expiresAt === null ? 'It never ends by itself.' : `It ends ${minuteText(expiresAt)}.`;
}

/** Ids begin with the time they were made, so their order is that of creation. */
function inOrder(index: KeyIndex): readonly KeyRecord[] {
  return Array.from(index.all(), ({ record }) => record).sort((a, b) => (a.id < b.id ? -1 : 1));
}

function isAbout(key: PublicKey, search: string): boolean {
  const wanted = search.toLowerCase();
  return [key.label, key.owner ?? '', key.id, key.start].some((each) => each.toLowerCase().includes(wanted));
}

function splitWords(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

function isoOf(ms: number): string | null {
  return ms === 0 ? null : new Date(ms).toISOString();
}
