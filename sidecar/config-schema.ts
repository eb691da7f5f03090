import { z } from 'zod';

/** `HOST:PORT`, `:PORT` or `[::1]:PORT`; port 0 takes a free one. */
const address = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]*):\d{1,5}$/, 'Write it as HOST:PORT, e.g. 127.0.0.1:8080.')
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'A port is at most 65535.');
const seconds = z.number().positive().max(86_400);
const bytes = z
  .number()
  .int()
  .positive()
  .max(2 ** 40);

/** Every named limit of the HTTP data path. */
export const limitsSchema = z.strictObject({
  /** Request line and header fields together. */
  headerBytes: bytes.default(64 * 1024),
  bodyBytes: bytes.default(100 * 1024 * 1024),
  /** From the connection's first byte to the end of the header fields. */
  headerSeconds: seconds.default(30),
  /** From the end of the header fields to the end of the body. */
  bodySeconds: seconds.default(300),
  /** Between two requests on one connection. */
  idleSeconds: seconds.default(75),
  /** From the end of the request to the first byte of the reply. */
  backendSeconds: seconds.default(120),
  /** A stream or upgrade on which nothing moves in either direction. */
  streamIdleSeconds: seconds.default(3600),
  /** Requests in flight over all connections; more are answered 503. */
  inFlight: z.number().int().positive().default(4096),
  connections: z.number().int().positive().default(16_384),
  /** Connections to the backend, busy and idle together. */
  backendConnections: z.number().int().positive().default(512),
});

export const httpSchema = z.strictObject({
  /** Where requests go: `http://HOST:PORT`. Left out: no proxy. */
  upstream: z.url({ protocol: /^https?$/ }).optional(),
  listen: address.default('127.0.0.1:8080'),
  /** How many of the last hops in X-Forwarded-For and Forwarded are our own proxies and believed. */
  trustedHops: z.number().int().min(0).max(32).default(0),
  /** `keep` sends the client's Host on, `rewrite` sends the backend's. */
  host: z.enum(['keep', 'rewrite']).default('keep'),
  /** Header fields that carry credentials: redacted for plugins and in the log. */
  credentialHeaders: z
    .array(z.string())
    .default(['authorization', 'proxy-authorization', 'cookie', 'x-api-key']),
  /** Query parameters whose values are masked in the log. */
  secretParameters: z
    .array(z.string())
    .default(['api_key', 'apikey', 'key', 'token', 'access_token', 'password', 'secret']),
  /** Route patterns such as `/files/:path*`, tried in order before routes are guessed from the path. */
  routes: z.array(z.string()).default([]),
});

export const sqlSchema = z.strictObject({
  /** PostgreSQL's HOST:PORT. Left out: no tap. */
  upstream: address.optional(),
  listen: address.default('127.0.0.1:5433'),
  /** What is answered to a client that asks for TLS: no (plain on), or terminate with the certificate. */
  tls: z
    .discriminatedUnion('mode', [
      z.strictObject({ mode: z.literal('refuse') }),
      z.strictObject({ mode: z.literal('terminate'), certFile: z.string(), keyFile: z.string() }),
    ])
    .default({ mode: 'refuse' }),
  /** Parameters of statements whose text matches are replaced by `[redacted]`. */
  redactStatements: z.array(z.string()).default(['password', 'secret', 'token', 'api_key', 'credential']),
  /** A read-only connection of Outrider's own to the application database, for plans: `postgresql://…`. */
  inspectUrl: z.string().optional(),
  connections: z.number().int().positive().default(1000),
  /** A frame longer than this is passed through without being looked at. */
  decodeBytes: bytes.default(1024 * 1024),
  connectSeconds: seconds.default(10),
});

export const recordSchema = z.strictObject({
  /** PostgreSQL for events: `postgresql://…`. Left out: embedded, in the data directory. */
  databaseUrl: z.string().optional(),
  redisUrl: z.string().optional(),
  /** Days that exchanges and statements are kept. */
  days: z.number().int().positive().max(3650).default(7),
  /** Events of kind `days` kept one by one per second; above it they are sampled and counted. */
  eventsPerSecond: z.number().int().positive().default(500),
  /** Events waiting to be written; above it `days` events are dropped and counted, `forever` events go to the spool. */
  queuedEvents: z.number().int().positive().default(50_000),
  /** Disk the spool may take while the store is away. */
  spoolBytes: bytes.default(1024 * 1024 * 1024),
});

export const gatewaySchema = z.strictObject({
  listen: address.default('127.0.0.1:7070'),
  /** Host names the gateway answers to, besides loopback and the address it listens on. */
  hosts: z.array(z.string()).default([]),
  /** Web origins besides the gateway's own, e.g. of an existing front end. */
  origins: z.array(z.string()).default([]),
  /** The token; made and kept in the data directory when left out. */
  token: z.string().min(16).optional(),
  sockets: z.number().int().positive().default(64),
});

/** A plugin of the configuration file, by name (built-in), package or path. */
export const pluginEntrySchema = z.strictObject({
  /** `api-keys`, `@acme/outrider-rules` or `./rules/no-bots.ts`. */
  plugin: z.string(),
  mode: z.enum(['enforce', 'observe', 'off']).optional(),
  options: z.record(z.string(), z.unknown()).default({}),
});

export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  dataDir: z.string().default('.outrider'),
  /** For plugins that do not say; without a configuration everything observes. */
  mode: z.enum(['enforce', 'observe']).default('observe'),
  http: httpSchema.prefault({}),
  limits: limitsSchema.prefault({}),
  sql: sqlSchema.prefault({}),
  record: recordSchema.prefault({}),
  gateway: gatewaySchema.prefault({}),
  /** In order: guards run, and arounds wrap, as listed. Built-ins that are not listed run with their defaults after these. */
  plugins: z.array(pluginEntrySchema).default([]),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
  /** How long a stop waits for exchanges in flight. */
  drainSeconds: seconds.default(30),
});

export type Config = z.output<typeof configSchema>;
export type HttpConfig = z.output<typeof httpSchema>;
export type Limits = z.output<typeof limitsSchema>;
export type SqlConfig = z.output<typeof sqlSchema>;
export type RecordConfig = z.output<typeof recordSchema>;
export type GatewayConfig = z.output<typeof gatewaySchema>;
