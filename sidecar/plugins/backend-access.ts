import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { headersFrom, OutriderError, type Backend, type Reply } from '../../shared/index.ts';

const limits = {
  /** Of all plugins together: they are guests on the backend. */
  connections: 8,
  timeoutMs: 10_000,
  maxTimeoutMs: 120_000,
  replyBytes: 10 * 1024 * 1024,
};

/** Requests of plugins' own to the backend, past every guard and around; without an upstream each one rejects. */
export function createBackendAccess(upstream: string | undefined): Backend & { close(): void } {
  if (upstream === undefined) {
    const rejected = () =>
      Promise.reject(new OutriderError('backend_unreachable', 'No http.upstream is configured.'));
    return { send: rejected, close: () => undefined };
  }
  const isSecure = upstream.startsWith('https:');
  const options = { keepAlive: true, maxSockets: limits.connections };
  const agent = isSecure ? new HttpsAgent(options) : new HttpAgent(options);
  const open = isSecure ? httpsRequest : httpRequest;

  return {
    send({ method, path, headers = {}, body, timeoutMs = limits.timeoutMs }) {
      const signal = AbortSignal.timeout(Math.min(timeoutMs, limits.maxTimeoutMs));
      return new Promise<Reply>((resolve, reject) => {
        const failed = (error: Error) => reject(toldError(error, signal));
        const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
        const request = open(addressOf(upstream, path), {
          method,
          headers: { ...headers, ...length },
          agent,
          signal,
        });
        request.on('error', failed);
        request.on('response', (reply) => void wholeReply(reply).then(resolve, failed));
        request.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}

/** Only the path is the plugin's to choose: `//elsewhere/` must not become another host. */
function addressOf(upstream: string, path: string): URL {
  const base = new URL(upstream);
  const prefix = base.pathname.replace(/\/+$/, '');
  return new URL(`${base.origin}${prefix}/${path.replace(/^\/+/, '')}`);
}

async function wholeReply(reply: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of reply) {
    const piece = Buffer.from(chunk as Buffer);
    bytes += piece.length;
    if (bytes > limits.replyBytes) {
      reply.destroy();
      throw new OutriderError('backend_malformed', `The reply is larger than ${limits.replyBytes} bytes.`);
    }
    chunks.push(piece);
  }
  const pairs = reply.rawHeaders.flatMap((name, index, all) =>
    index % 2 === 0 ? [[name, all[index + 1] ?? ''] as const] : [],
  );
  return {
    status: reply.statusCode ?? 0,
    headers: headersFrom(pairs),
    body: Buffer.concat(chunks),
    isStreaming: false,
  };
}

function toldError(error: Error, signal: AbortSignal): OutriderError {
  if (error instanceof OutriderError) return error;
  if (signal.aborted) return new OutriderError('backend_timeout', undefined, { cause: error });
  return new OutriderError('backend_unreachable', error.message, { cause: error });
}
