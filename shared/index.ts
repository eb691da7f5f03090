/** The language everyone speaks. A plugin author needs nothing else. */
export * from './plugin.ts';
export * from './guard.ts';
export * from './command.ts';
export * from './exchange.ts';
export * from './statement.ts';
export * from './sql-text.ts';
export * from './capability.ts';
export * from './capabilities.ts';
export * from './events.ts';
export * from './recorded-kinds.ts';
export * from './duration-buckets.ts';
export * from './api-key-format.ts';
export * from './view.ts';
export * from './errors.ts';
export * from './protocol.ts';
export * from './api-key-client.ts';
export * from './at-most.ts';
