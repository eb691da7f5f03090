import pino from 'pino';
import type { Log } from '../shared/index.ts';
import { maskedData } from './plugins/masking.ts';

/** Structured lines on stderr; stdout belongs to the one line that says where everything listens. */
export interface Logs {
  /** A log whose lines name the part of the sidecar, or the plugin, they are from. */
  of(part: string): Log;
  error(message: string, fields?: object): void;
}

export function createLogs(level: 'debug' | 'info' | 'warn' | 'error'): Logs {
  const logger = pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Synchronous: there are few lines, and the last ones before an exit are the ones that matter.
    pino.destination({ fd: 2, sync: true }),
  );
  return {
    of(part) {
      const child = logger.child({ part });
      return {
        info: (message, fields = {}) => child.info(safe(fields), message),
        warn: (message, fields = {}) => child.warn(safe(fields), message),
      };
    },
    error: (message, fields = {}) => logger.error(safe(fields), message),
  };
}

/** A field of a log line is bounded and holds no secret, whoever wrote it. */
const safe = (fields: object): object => Object(maskedData(fields));
