import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

/** Resolves packages of the folder that README.md names: they are for recording only and not part of the project. */
export const packages = createRequire(`${process.env.RECORDING_PACKAGES}/`);
export const databaseUrl = process.env.DATABASE_URL;

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function say(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
  const { value, done } = await answers.next();
  if (done) throw new Error('The recorder has gone.');
  return value;
}

/** Resolves with the trace id of the exchange. `is`: n-plus-one, duplicate or nothing; `of`: patterns of what repeats. */
export const begin = (name, is, why, of = [], route = 'GET /recorded') =>
  say({ begin: name, is, why, of, route });
export const end = (name) => say({ end: name });

async function exchange(name, is, why, of, run) {
  const traceId = await begin(name, is, why, of);
  await run(traceId);
  await end(name);
}

export const truly = (name, of, why, run) => exchange(name, 'n-plus-one', why, [of].flat(), run);
export const alike = (name, why, run) => exchange(name, 'nothing', why, [], run);
export const duplicate = (name, of, why, run) => exchange(name, 'duplicate', why, [of].flat(), run);

export const traceparent = (traceId) => `/*traceparent='00-${traceId}-00f067aa0ba902b7-01'*/`;
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const range = (count, make = (index) => index) =>
  Array.from({ length: count }, (_, index) => make(index));

/** The program is done: the recorder reads no further line. */
export function finish() {
  process.exit(0);
}
