/** Whether an error's text is for whoever asked (`user`) or only for the operator's log (`log`). */
export type Audience = 'user' | 'log';

interface Entry {
  readonly status: number;
  /** What happened, as a sentence. */
  readonly title: string;
  /** What to do about it, as a sentence. */
  readonly todo: string;
  readonly audience: Audience;
}

const user = (status: number, title: string, todo: string): Entry => ({
  status,
  title,
  todo,
  audience: 'user',
});
const log = (status: number, title: string, todo: string): Entry => ({
  status,
  title,
  todo,
  audience: 'log',
});

/** Every error Outrider answers with: code → HTTP status, sentence, what to do. Closed: add here or nowhere. */
export const errorTable = {
  // The HTTP data path
  request_malformed: user(
    400,
    'The request is not well-formed HTTP/1.1.',
    'Send one unambiguous Content-Length or Transfer-Encoding and valid header fields.',
  ),
  header_too_large: user(
    431,
    'The header fields are larger than allowed.',
    'Send smaller header fields, or raise limits.headerBytes.',
  ),
  body_too_large: user(
    413,
    'The request body is larger than allowed.',
    'Send a smaller body, or raise limits.bodyBytes.',
  ),
  body_timeout: user(
    408,
    'The request body did not arrive in time.',
    'Send the body faster, or raise limits.bodySeconds.',
  ),
  header_timeout: user(
    408,
    'The header fields did not arrive in time.',
    'Send the request faster, or raise limits.headerSeconds.',
  ),
  overloaded: user(
    503,
    'Too many requests are in flight.',
    'Wait for the time in Retry-After and send it again.',
  ),
  draining: user(503, 'The sidecar is stopping.', 'Send the request again; another instance will take it.'),
  backend_unreachable: user(
    502,
    'The backend does not accept connections.',
    'Check that the backend runs and that --upstream points to it.',
  ),
  backend_closed: user(
    502,
    'The backend closed the connection before its reply was complete.',
    "Look at the backend's log for this request id.",
  ),
  backend_malformed: user(
    502,
    "The backend's reply is not well-formed HTTP/1.1.",
    'Look at what the backend sent for this request id.',
  ),
  backend_timeout: user(
    504,
    'The backend did not answer in time.',
    "Look at the backend's log, or raise limits.backendSeconds.",
  ),
  upgrade_failed: user(
    502,
    'The backend did not accept the upgrade.',
    'Check that the backend serves this path as a WebSocket.',
  ),
  frames_malformed: user(
    400,
    'The WebSocket frames are not well-formed.',
    'Send frames as RFC 6455 §5 says: masked, without extensions that were not agreed on, text as UTF-8.',
  ),
  guard_denied: user(403, 'A guard refused the request.', 'Ask the operator with the reference id.'),
  guard_failed: user(
    503,
    'A guard could not decide and is configured to refuse then.',
    'Try again; the operator sees which guard failed.',
  ),
  // API keys
  key_required: user(
    401,
    'An API key is required.',
    'Send it as `Authorization: Bearer …` or `X-API-Key: …`.',
  ),
  key_malformed: user(401, 'This is not an API key of this service.', 'Check that the key was copied whole.'),
  key_unknown: user(401, 'This API key is not known.', 'Ask the operator for a new key.'),
  key_expired: user(401, 'This API key has expired.', 'Ask the operator for a new key.'),
  key_revoked: user(401, 'This API key was revoked.', 'Ask the operator for a new key.'),
  scope_missing: user(403, 'This API key may not do this.', "Ask the operator to widen the key's scopes."),
  address_refused: user(
    403,
    'This API key may not be used from this address.',
    'Ask the operator to allow the address.',
  ),
  rate_limited: user(429, 'Too many requests with this API key.', 'Wait for the time in Retry-After.'),
  quota_exhausted: user(
    429,
    'The quota of this API key is used up.',
    'Wait for the time in Retry-After, or ask for a larger quota.',
  ),
  source_throttled: user(
    429,
    'Too many failed authentications from this address.',
    'Wait for the time in Retry-After.',
  ),
  key_not_found: user(404, 'There is no API key with this id.', 'List the keys to see their ids.'),
  key_not_sealed: user(
    404,
    'There is nothing to collect for this API key.',
    'A successor lies ready for 30 days after the schedule rotated a key that has sealTo.',
  ),
  key_not_active: user(409, 'This API key is not active any more.', 'Create a new key.'),
  // Filters
  injection_refused: user(
    403,
    'The request looks like an injection attempt.',
    'Tell the operator the reference id if it is not.',
  ),
  schema_violated: user(
    422,
    'The request does not match the published API description.',
    "Compare it with the backend's OpenAPI document.",
  ),
  upload_refused: user(
    422,
    'The uploaded file is not what it claims to be.',
    'Send a file of the declared type, size and name.',
  ),
  // Gateway and commands
  token_required: user(
    401,
    'The gateway needs its token.',
    'Send `Authorization: Bearer …` with the token from the data directory.',
  ),
  token_wrong: user(
    401,
    "This is not the gateway's token.",
    'Read the token again from the file named at start-up.',
  ),
  host_refused: user(
    403,
    'The Host header does not name this gateway.',
    'Use the address printed at start-up, or add it to gateway.hosts.',
  ),
  origin_refused: user(
    403,
    'Requests from this web origin are not accepted.',
    'Open the dashboards from the gateway itself, or add the origin to gateway.origins.',
  ),
  input_invalid: user(400, 'The input is not valid.', 'Correct the fields that are named.'),
  body_not_json: user(
    400,
    'The body is not JSON.',
    'Send `Content-Type: application/json` and a JSON object.',
  ),
  not_found: user(404, 'There is nothing at this address.', 'See /api/openapi.json for what there is.'),
  method_not_allowed: user(
    405,
    'This address does not take this method.',
    'Send another one; /api/openapi.json says what the gateway takes.',
  ),
  command_unknown: user(404, 'There is no such command.', 'List the commands at /api/commands.'),
  command_failed: user(500, 'The command failed.', "Look at the sidecar's log for the reason."),
  command_timeout: user(
    504,
    'The command took longer than it may.',
    'Try again; nothing tells whether it had an effect.',
  ),
  panel_unknown: user(404, 'There is no such panel.', 'List the panels at /api/panels.'),
  panel_not_ready: user(503, 'The panel is still being built from the log.', 'Ask again in a few seconds.'),
  panel_failed: user(
    500,
    'The panel could not be computed.',
    'See the reason; the plugin it belongs to must be corrected.',
  ),
  travel_timeout: user(
    504,
    'Looking back took longer than it may.',
    'Ask again: it goes on from where it stopped.',
  ),
  plugin_unknown: user(404, 'There is no such plugin.', 'List the plugins at /api/plugins.'),
  message_invalid: user(
    400,
    'The message is not one of the live protocol.',
    'See shared/protocol.ts for the messages.',
  ),
  position_gone: user(
    410,
    'The log no longer reaches back that far.',
    'Start again from the position in `oldest`.',
  ),
  // Configuration and start
  config_invalid: user(400, 'The configuration is not valid.', 'Correct the fields named.'),
  config_unreadable: user(400, 'The configuration file cannot be read.', 'Check its path and syntax.'),
  config_exists: user(
    409,
    'There is a configuration already, and it was left as it is.',
    'Edit it, or remove it and run `outrider init` again.',
  ),
  plugin_invalid: user(400, 'This is not a plugin.', 'Export a plugin made with definePlugin as default.'),
  plugin_duplicate: user(400, 'Two plugins have the same name.', 'Rename one or list it once.'),
  plugin_failed: user(500, 'The plugin could not be set up.', 'See the reason and correct its options.'),
  capability_missing: user(
    400,
    'A plugin uses a capability that nobody provides.',
    'Add the plugin that provides it.',
  ),
  port_taken: user(
    500,
    'An address to listen on is taken.',
    'Stop what listens there or choose another port.',
  ),
  usage: user(400, 'The command line is not understood.', 'See `outrider --help`.'),
  sidecar_unreachable: user(
    503,
    'No running sidecar was found.',
    'Start one with `outrider`, or give --gateway and the token.',
  ),
  // Stores
  store_unavailable: user(
    503,
    'The event store does not answer.',
    'Check the database; traffic goes on and events are kept on disk.',
  ),
  version_conflict: user(
    409,
    'The stream is at another version than expected.',
    'Read the stream again and decide anew.',
  ),
  stream_unknown: user(404, 'There is no such stream.', 'List the streams to see their names.'),
  directory_locked: user(
    500,
    'Another process uses the data directory.',
    'Stop the other sidecar, or give this one its own --data-dir.',
  ),
  value_too_large: user(
    413,
    'The value is larger than a plugin may keep.',
    'Keep less than 1 MiB under one key.',
  ),
  // SQL
  statement_refused: user(
    403,
    'Outrider refused this statement before it was executed.',
    'Ask the operator with the reference id.',
  ),
  tap_upstream_unreachable: user(
    502,
    'PostgreSQL does not accept connections.',
    'Check that it runs and that --sql-upstream points to it.',
  ),
  database_unavailable: user(
    503,
    'No connection to the application database is configured or it does not answer.',
    'Set sql.inspectUrl to a read-only user.',
  ),
  explain_refused: user(
    400,
    'This statement cannot be explained.',
    'Only one SELECT, INSERT, UPDATE, DELETE, MERGE or VALUES can.',
  ),
  explain_failed: user(
    422,
    'PostgreSQL could not plan the statement.',
    'See the reason; a parameter may be missing.',
  ),
  // Everything else
  internal: log(500, 'Something unexpected happened.', "Look at the sidecar's log for the reference id."),
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof errorTable;

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}

/** The one error class. `detail` says more about this case; it never holds a secret. */
export class OutriderError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  /** Fields wrong in an input: where, and why. */
  readonly issues: readonly InputIssue[] | undefined;

  constructor(
    code: ErrorCode,
    detail?: string,
    more: { readonly cause?: unknown; readonly issues?: readonly InputIssue[] } = {},
  ) {
    super(detail === undefined ? errorTable[code].title : `${errorTable[code].title} ${detail}`, {
      cause: more.cause,
    });
    this.name = 'OutriderError';
    this.code = code;
    this.detail = detail;
    this.issues = more.issues;
  }
}

export interface InputIssue {
  /** Dotted, e.g. `limits.bodyBytes`. */
  readonly path: string;
  readonly message: string;
}

/** Issues of a failed zod parse in our own shape. */
export function issuesOf(error: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}): readonly InputIssue[] {
  return error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
}

/** `path: message`; only the message for the input as a whole. */
export function issueText({ path, message }: InputIssue): string {
  return path === '' ? message : `${path}: ${message}`;
}

/** A problem document (RFC 9457), served as `application/problem+json`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail?: string;
  /** What whoever reads this can do. */
  readonly todo: string;
  /** The reference to name when asking: the exchange id. */
  readonly instance?: string;
  readonly issues?: readonly InputIssue[];
}

export const problemContentType = 'application/problem+json';

/** The problem document of an error. What is not an `OutriderError` is told as `internal`, without its text. */
export function problemOf(error: unknown, instance?: string): Problem {
  if (!(error instanceof OutriderError)) return problem('internal', { instance });
  return problem(error.code, { detail: error.detail, issues: error.issues, instance });
}

export function problem(
  code: ErrorCode,
  more: {
    readonly detail?: string | undefined;
    readonly instance?: string | undefined;
    readonly issues?: readonly InputIssue[] | undefined;
    readonly status?: number | undefined;
  } = {},
): Problem {
  const { status, title, todo } = errorTable[code];
  return {
    type: `urn:outrider:problem:${code}`,
    title,
    status: more.status ?? status,
    code,
    ...(more.detail !== undefined && { detail: more.detail }),
    todo,
    ...(more.instance !== undefined && { instance: more.instance }),
    ...(more.issues !== undefined && { issues: more.issues }),
  };
}
