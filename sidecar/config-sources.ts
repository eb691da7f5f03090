/** Where a value can come from besides the file: a flag and an environment variable for each common setting. */

/** A value on its way into the configuration: dotted path, value, and how its source is called in errors. */
export interface Assignment {
  readonly path: string;
  readonly value: unknown;
  readonly source: string;
}

interface Setting {
  readonly path: string;
  /** Kebab-case, without the dashes. */
  readonly flag?: string;
  readonly variable: string;
  readonly kind: 'text' | 'number' | 'list';
  readonly help: string;
}

export const settings: readonly Setting[] = [
  {
    path: 'http.upstream',
    flag: 'upstream',
    variable: 'OUTRIDER_UPSTREAM',
    kind: 'text',
    help: 'URL of the backend, e.g. http://127.0.0.1:3000',
  },
  {
    path: 'http.listen',
    flag: 'listen',
    variable: 'OUTRIDER_LISTEN',
    kind: 'text',
    help: 'HOST:PORT for requests (127.0.0.1:8080)',
  },
  {
    path: 'sql.upstream',
    flag: 'sql-upstream',
    variable: 'OUTRIDER_SQL_UPSTREAM',
    kind: 'text',
    help: "PostgreSQL's HOST:PORT",
  },
  {
    path: 'sql.listen',
    flag: 'sql-listen',
    variable: 'OUTRIDER_SQL_LISTEN',
    kind: 'text',
    help: 'HOST:PORT for statements (127.0.0.1:5433)',
  },
  {
    path: 'sql.inspectUrl',
    flag: 'inspect-url',
    variable: 'OUTRIDER_INSPECT_URL',
    kind: 'text',
    help: 'postgresql:// of a read-only user, for query plans',
  },
  {
    path: 'gateway.listen',
    flag: 'gateway',
    variable: 'OUTRIDER_GATEWAY',
    kind: 'text',
    help: 'HOST:PORT for editors and commands (127.0.0.1:7070)',
  },
  {
    path: 'gateway.token',
    flag: 'token',
    variable: 'OUTRIDER_TOKEN',
    kind: 'text',
    help: 'Token of the gateway; made when left out',
  },
  {
    path: 'dataDir',
    flag: 'data-dir',
    variable: 'OUTRIDER_DATA_DIR',
    kind: 'text',
    help: 'Folder for events and the token (.outrider)',
  },
  {
    path: 'record.databaseUrl',
    flag: 'database-url',
    variable: 'OUTRIDER_DATABASE_URL',
    kind: 'text',
    help: 'postgresql:// for events; embedded when left out',
  },
  {
    path: 'record.redisUrl',
    flag: 'redis-url',
    variable: 'OUTRIDER_REDIS_URL',
    kind: 'text',
    help: 'redis:// shared by several sidecars; in memory when left out',
  },
  {
    path: 'mode',
    flag: 'mode',
    variable: 'OUTRIDER_MODE',
    kind: 'text',
    help: 'enforce or observe, for plugins that do not say (observe)',
  },
  {
    path: 'log.level',
    flag: 'log-level',
    variable: 'OUTRIDER_LOG_LEVEL',
    kind: 'text',
    help: 'debug, info, warn or error (info)',
  },
  {
    path: 'drainSeconds',
    flag: 'drain-seconds',
    variable: 'OUTRIDER_DRAIN_SECONDS',
    kind: 'number',
    help: 'How long a stop waits for requests in flight (30)',
  },
  {
    path: 'http.trustedHops',
    variable: 'OUTRIDER_TRUSTED_HOPS',
    kind: 'number',
    help: 'How many proxies in front are believed',
  },
  {
    path: 'http.host',
    variable: 'OUTRIDER_HOST',
    kind: 'text',
    help: 'keep or rewrite the Host header',
  },
  { path: 'http.routes', variable: 'OUTRIDER_ROUTES', kind: 'list', help: 'Route patterns' },
  {
    path: 'gateway.hosts',
    variable: 'OUTRIDER_GATEWAY_HOSTS',
    kind: 'list',
    help: 'Names the gateway answers to',
  },
  { path: 'gateway.origins', variable: 'OUTRIDER_GATEWAY_ORIGINS', kind: 'list', help: 'Web origins let in' },
  { path: 'record.days', variable: 'OUTRIDER_DAYS', kind: 'number', help: 'Days exchanges are kept' },
  {
    path: 'record.eventsPerSecond',
    variable: 'OUTRIDER_EVENTS_PER_SECOND',
    kind: 'number',
    help: 'Exchanges kept one by one',
  },
  { path: 'limits.bodyBytes', variable: 'OUTRIDER_BODY_BYTES', kind: 'number', help: 'Largest request body' },
  { path: 'limits.inFlight', variable: 'OUTRIDER_IN_FLIGHT', kind: 'number', help: 'Requests at a time' },
  {
    path: 'limits.backendSeconds',
    variable: 'OUTRIDER_BACKEND_SECONDS',
    kind: 'number',
    help: "How long the backend's reply is waited for",
  },
];

/** Variables that are Outrider's and no part of the configuration. */
const otherVariables = new Set(['OUTRIDER_CONFIG', 'OUTRIDER_WEB_DIR']);

export interface Environment {
  readonly assignments: readonly Assignment[];
  /** Variables that look like settings and are none: told, because a misspelt one does nothing. */
  readonly unknown: readonly string[];
}

/** What the environment says; an empty variable says nothing. */
export function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  const assignments = settings.flatMap(({ path, variable, kind }) => {
    const text = env[variable];
    return text === undefined || text === '' ? [] : [{ path, value: valueOf(text, kind), source: variable }];
  });
  const known = new Set(settings.map(({ variable }) => variable));
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith('OUTRIDER_') && !known.has(name) && !otherVariables.has(name),
  );
  return { assignments, unknown };
}

/** What the flags say, by flag without dashes; `--enforce` and `--observe` are short for `--mode`. */
export function fromFlags(flags: Readonly<Record<string, string | true>>): readonly Assignment[] {
  const named = settings.flatMap(({ path, flag, kind }) => {
    const text = flag === undefined ? undefined : flags[flag];
    return typeof text === 'string' ? [{ path, value: valueOf(text, kind), source: `--${flag}` }] : [];
  });
  const modes = (['enforce', 'observe'] as const).filter((mode) => flags[mode] !== undefined);
  return [...named, ...modes.map((value) => ({ path: 'mode', value, source: `--${value}` }))];
}

/** A number that is none stays a text, so that the schema can say what is wrong with it. */
function valueOf(text: string, kind: Setting['kind']): unknown {
  if (kind === 'list') return text.split(',').map((each) => each.trim());
  if (kind === 'number' && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text);
  return text;
}
