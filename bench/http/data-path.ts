import { createHttpProxy } from '../../sidecar/http/http-proxy.ts';
import { admitted, type Pipeline } from '../../sidecar/http/pipeline.ts';
import { configSchema } from '../../sidecar/config-schema.ts';

/** Outrider's data path alone: no plugin, nothing recorded. Its distance to the whole sidecar is what the plugins cost. */
const [port, upstream] = process.argv.slice(2);
const { http, limits } = configSchema.parse({ http: { upstream, listen: `127.0.0.1:${port}` } });

const pipeline: Pipeline = {
  hasGuards: () => false,
  bodyBytesWanted: () => 0,
  admit: () => admitted,
  isWrapped: () => false,
  around: (_exchange, backend) => backend(),
  hasReplyWatches: () => false,
  replyWatch: () => null,
  messageWatch: () => null,
  began: () => undefined,
  finished: () => undefined,
};
const log = {
  info: () => undefined,
  warn: (message: string, fields?: object) => console.error(message, fields),
};
let ids = 0;
const proxy = createHttpProxy({
  config: http,
  limits,
  pipeline,
  log,
  newId: () => `bench-${String((ids += 1)).padStart(20, '0')}`,
});
await proxy.listen();
