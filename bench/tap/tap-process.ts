import { createSqlTap } from '../../sidecar/sql/sql-tap.ts';
import { sqlSchema } from '../../sidecar/config-schema.ts';
import type { FinishedStatement } from '../../sidecar/sql/statements.ts';

/**
 * The tap by itself, everything decoded and told to a listener that keeps the last 1,000 statements:
 * `tap-process.ts LISTEN UPSTREAM`.
 */
const [listen, upstream] = process.argv.slice(2);
const kept: (FinishedStatement | undefined)[] = Array.from({ length: 1000 });
let next = 0;
const tap = createSqlTap({
  config: sqlSchema.parse({ listen, upstream }),
  statements: {
    isGuarded: () => false,
    check: () => ({ allow: true }),
    finished(statement) {
      kept[next] = statement;
      next = (next + 1) % kept.length;
    },
  },
  inFlight: { size: () => 0, byTrace: () => undefined, all: () => [] },
  log: { info: (message) => console.error(message), warn: (message) => console.error(message) },
  nowMs: () => performance.timeOrigin + performance.now(),
});
await tap.listen();
process.once('SIGTERM', () => void tap.close(0).then(() => process.exit(0)));
