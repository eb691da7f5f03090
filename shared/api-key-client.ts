import { z } from 'zod';
import { problemDocument } from './protocol.ts';
import { isErrorCode, OutriderError } from './errors.ts';

/** An API key as lists show it: never its secret. */
export const listedApiKey = z.looseObject({
  id: z.string(),
  label: z.string(),
  owner: z.string().nullable(),
  /** The first characters, to tell keys apart. */
  start: z.string(),
  environment: z.string(),
  status: z.enum(['active', 'rotating', 'expired', 'revoked']),
  scopes: z.array(z.string()),
  createdAt: z.string(),
  expiresAt: z.string().nullable(),
  graceEndsAt: z.string().nullable(),
  replacedBy: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
});
export type ListedApiKey = z.output<typeof listedApiKey>;

/** A key just made: `key` is its secret and is shown this once. */
export const freshApiKey = z.looseObject({ id: z.string(), key: z.string(), details: listedApiKey });
export type FreshApiKey = z.output<typeof freshApiKey>;

export interface NewApiKey {
  readonly label: string;
  readonly owner?: string | null;
  /** `GET /agents/:id`, `* /agents/*` or `*`; everything when left out. */
  readonly scopes?: readonly string[];
  /** Address ranges it may be used from, e.g. `10.0.0.0/8`. */
  readonly addresses?: readonly string[];
  readonly expiresInDays?: number;
  /** An exact moment (ISO 8601), in place of days. */
  readonly expiresAt?: string;
  /** When it is so old its rotation is due. */
  readonly rotateEveryDays?: number;
  /** RSA public key (PEM) of its holder: the schedule then rotates by itself and seals the successor to it. */
  readonly sealTo?: string;
  readonly environment?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** So many requests in so many seconds; `burst` may come at once. */
  readonly rateLimit?: { readonly requests: number; readonly seconds?: number; readonly burst?: number };
  readonly quota?: {
    readonly dayRequests?: number;
    readonly monthRequests?: number;
    readonly dayDatabaseMs?: number;
    readonly monthDatabaseMs?: number;
  };
}

export interface ApiKeyFilter {
  readonly status?: ListedApiKey['status'];
  readonly owner?: string;
  readonly search?: string;
  readonly after?: string;
  readonly limit?: number;
}

export interface ApiKeyClientOptions {
  /** The gateway's address, e.g. `http://127.0.0.1:7070`. */
  readonly gateway: string;
  readonly token: string;
  /** Who asks, for the audit log. */
  readonly actor?: string;
  /** Default 35 s: longer than the gateway lets a command run. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
}

/** Everyday work with API keys over the gateway. Every call rejects with an `OutriderError` of the gateway's code. */
export interface ApiKeyClient {
  createApiKey(key: NewApiKey): Promise<FreshApiKey>;
  /** One page; `next` is what `after` takes for the following one, null on the last. */
  listApiKeys(
    filter?: ApiKeyFilter,
  ): Promise<{ readonly keys: readonly ListedApiKey[]; readonly next: string | null }>;
  /** The successor; the old key goes on for the grace. */
  rotateApiKey(id: string, options?: { readonly graceSeconds?: number }): Promise<FreshApiKey>;
  revokeApiKey(id: string, reason?: string): Promise<ListedApiKey>;
}

const keysPath = '/api/security/api-keys';
const page = z.object({ keys: z.array(listedApiKey), next: z.string().nullish() });

export function apiKeyClient(options: ApiKeyClientOptions): ApiKeyClient {
  const ask = async <T>(schema: z.ZodType<T>, method: string, path: string, body?: unknown): Promise<T> =>
    schema.parse(await answerOf(options, method, path, body));
  return {
    createApiKey: (key) => ask(freshApiKey, 'POST', keysPath, key),
    async listApiKeys(filter = {}) {
      const { keys, next } = await ask(page, 'GET', `${keysPath}?${queryOf(filter)}`);
      return { keys, next: next ?? null };
    },
    rotateApiKey: (id, rotation = {}) =>
      ask(freshApiKey, 'POST', `${keysPath}/${encodeURIComponent(id)}/rotate`, rotation),
    revokeApiKey: (id, reason = '') =>
      ask(listedApiKey, 'DELETE', `${keysPath}/${encodeURIComponent(id)}`, { reason }),
  };
}

function queryOf(filter: ApiKeyFilter): string {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

async function answerOf(
  options: ApiKeyClientOptions,
  method: string,
  path: string,
  body: unknown,
): Promise<unknown> {
  const { gateway, token, actor = 'api-key-client', timeoutMs = 35_000 } = options;
  const response = await (options.fetch ?? fetch)(gateway + path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'x-outrider-actor': actor,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(timeoutMs),
  }).catch((cause: unknown) => {
    throw new OutriderError('sidecar_unreachable', gateway, { cause });
  });
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer;
  throw errorOf(answer, response.status);
}

function errorOf(answer: unknown, status: number): OutriderError {
  const problem = problemDocument.safeParse(answer);
  if (!problem.success || !isErrorCode(problem.data.code)) {
    return new OutriderError('internal', `The gateway answered ${status} without a problem document.`);
  }
  const { code, detail, issues } = problem.data;
  return new OutriderError(code, detail, issues ? { issues } : {});
}
