import { z } from 'zod';

/** A stream: the thing its events are about, e.g. `agents/7`. */
export const streamName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\w.:@-]+(?:\/[\w.:@-]+)*$/, 'Write it as letters, digits and ._:@- in parts divided by slashes.');

/** The type of a domain event, `owner/what-happened`. */
export const eventType = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\w.-]+(?:\/[\w.-]+)*$/, 'Write it as `owner/what-happened`.');

/** Owners whose facts only the sidecar and its plugins may record: nobody can forge an audit entry by appending one. */
export const reservedOwners: readonly string[] = [
  'sidecar',
  'http',
  'sql',
  'guard',
  'command',
  'plugin',
  'finding',
  'api-keys',
  'batch-loader',
  'cache',
  'code-lines',
  'concurrency',
  'event-store',
  'example',
  'injection-filter',
  'n-plus-one',
  'slow-queries',
  'telemetry',
];

export function ownerOf(name: string): string {
  return name.split('/', 1)[0] ?? name;
}
