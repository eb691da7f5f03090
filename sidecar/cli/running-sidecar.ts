import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isErrorCode, OutriderError, sidecarFile, type InputIssue } from '../../shared/index.ts';

/** A running sidecar's gateway, as a thin client speaks to it. */
export interface RunningSidecar {
  readonly gateway: string;
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
}

export interface Whereabouts {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags: Readonly<Record<string, string | true>>;
}

/** A command may take 30 s, and its facts 5 s more to be durable. */
const timeoutMs = 40_000;

/**
 * The sidecar named by `--gateway` and `--token` (or OUTRIDER_GATEWAY and OUTRIDER_TOKEN), else the one whose
 * `.outrider/sidecar.json` is in this folder or one above. Rejects with `sidecar_unreachable`.
 */
export async function runningSidecar({ cwd, env, flags }: Whereabouts): Promise<RunningSidecar> {
  const gateway = textOf(flags['gateway']) ?? env['OUTRIDER_GATEWAY'];
  const token = textOf(flags['token']) ?? env['OUTRIDER_TOKEN'];
  if (gateway && token) return client(urlOf(gateway), token);
  const found = await sidecarFileNear(textOf(flags['data-dir']) ?? env['OUTRIDER_DATA_DIR'], cwd);
  if (!found) {
    const hint = gateway
      ? `For ${gateway} a --token is needed.`
      : `There is no .outrider/sidecar.json at or above ${cwd}.`;
    throw new OutriderError('sidecar_unreachable', hint);
  }
  return client(gateway ? urlOf(gateway) : found.gateway, token ?? (await tokenIn(found.tokenFile)));
}

const textOf = (flag: string | true | undefined): string | undefined => (flag === true ? undefined : flag);

const urlOf = (gateway: string): string =>
  (/^https?:\/\//.test(gateway) ? gateway : `http://${gateway}`).replace(/\/$/, '');

async function sidecarFileNear(dataDir: string | undefined, cwd: string) {
  const paths = dataDir === undefined ? candidates(cwd) : [join(resolve(cwd, dataDir), 'sidecar.json')];
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => null);
    if (text === null) continue;
    const parsed = sidecarFile.safeParse(jsonOf(text));
    if (!parsed.success)
      throw new OutriderError('sidecar_unreachable', `${path} was not written by a sidecar.`);
    return parsed.data;
  }
  return null;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function candidates(cwd: string): readonly string[] {
  const parent = dirname(cwd);
  const here = join(cwd, '.outrider', 'sidecar.json');
  return parent === cwd ? [here] : [here, ...candidates(parent)];
}

async function tokenIn(file: string): Promise<string> {
  const token = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new OutriderError('sidecar_unreachable', `Its token cannot be read from ${file}.`, {
      cause: error,
    });
  });
  return token.trim();
}

/** Who asks, for the audit log: header fields take printable ASCII. */
const commandLine = `command line (${userName()
  .replace(/[^\x20-\x7e]/g, '?')
  .slice(0, 60)})`;

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user that has no name.
    return String(process.getuid?.() ?? 'unknown');
  }
}

function client(gateway: string, token: string): RunningSidecar {
  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${gateway}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'x-outrider-actor': commandLine,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((error: unknown) => {
      throw new OutriderError('sidecar_unreachable', `${gateway} does not answer (${causeOf(error)}).`, {
        cause: error,
      });
    });
    const text = await answer.text();
    const value: unknown = text === '' ? null : parsedJson(gateway, text);
    if (!answer.ok) throw problemError(value, answer.status);
    return value;
  }
  return { gateway, get: (path) => ask('GET', path), post: (path, body) => ask('POST', path, body) };
}

function parsedJson(gateway: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new OutriderError('sidecar_unreachable', `What answers at ${gateway} is no sidecar.`, {
      cause: error,
    });
  }
}

/** The gateway's problem document as the error it was. */
function problemError(value: unknown, status: number): OutriderError {
  const problem = typeof value === 'object' && value !== null ? value : {};
  const code = 'code' in problem && typeof problem.code === 'string' ? problem.code : '';
  const detail = 'detail' in problem && typeof problem.detail === 'string' ? problem.detail : undefined;
  const issues =
    'issues' in problem && Array.isArray(problem.issues) ? problem.issues.filter(isIssue) : undefined;
  if (!isErrorCode(code)) return new OutriderError('sidecar_unreachable', `The gateway answered ${status}.`);
  return new OutriderError(code, detail, issues ? { issues } : {});
}

const isIssue = (value: unknown): value is InputIssue =>
  typeof value === 'object' && value !== null && 'path' in value && 'message' in value;

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
