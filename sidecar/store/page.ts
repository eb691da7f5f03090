import type { LogQuery, Recorded } from '../../shared/index.ts';
import { binaryArray, isoTime, type Parameter, type Row } from './sql.ts';

/** Most events of one page. */
export const maxPageEvents = 1000;

/** In the order in which `recordedOf` reads them. */
export const eventColumns = [
  'position',
  'id',
  'type',
  'at',
  'stream',
  'stream_version',
  'trace_id',
  'exchange_id',
  'caused_by',
  'data',
] as const;

const columns = eventColumns.join(', ');

export interface Statement {
  readonly text: string;
  readonly parameters: readonly Parameter[];
  /** Equal for equal texts. */
  readonly name: string;
}

/** The statement of a query: keyset by position, so a page costs the same wherever it lies. */
export function pageStatement(query: LogQuery, limit: number): Statement {
  const parameters: Parameter[] = [];
  const bind = (value: Parameter): string => `$${parameters.push(value)}`;
  const conditions: string[] = [];
  const order = `ORDER BY position ${query.isBackward ? 'DESC' : 'ASC'} LIMIT ${bind(String(limit))}::bigint`;
  if (query.after !== undefined) conditions.push(`position > ${bind(String(query.after))}::bigint`);
  if (query.upTo !== undefined) conditions.push(`position <= ${bind(String(query.upTo))}::bigint`);
  if (query.stream !== undefined) conditions.push(`stream = ${bind(query.stream)}`);
  if (query.traceId !== undefined) conditions.push(`trace_id = ${bind(query.traceId)}`);
  if (query.exchangeId !== undefined) conditions.push(`exchange_id = ${bind(query.exchangeId)}`);
  const text = query.types
    ? ofTypes(bind(binaryArray('text', query.types)), conditions, order)
    : plain(conditions, order);
  return { text, parameters, name: `outrider_page_${nameOf(query)}` };
}

function plain(conditions: readonly string[], order: string): string {
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  return `SELECT ${columns} FROM outrider.events ${where} ${order}`;
}

/** Each type walks its own index, then the first of all of them: a rare type is never searched for in the whole log. */
function ofTypes(types: string, conditions: readonly string[], order: string): string {
  const each = plain(['type = wanted.name', ...conditions], order);
  return `SELECT ${columns} FROM unnest(${types}::text[]) AS wanted(name) CROSS JOIN LATERAL (${each}) found ${order}`;
}

function nameOf(query: LogQuery): string {
  const parts = [query.after, query.upTo, query.stream, query.traceId, query.exchangeId, query.types];
  return parts.map((part) => (part === undefined ? '0' : '1')).join('') + (query.isBackward ? 'b' : 'f');
}

export function recordedOf(row: Row): Recorded {
  const [position, id, type, at, stream, streamVersion, traceId, exchangeId, causedBy, data] = row;
  return {
    position: Number(position),
    id: id ?? '',
    type: type ?? '',
    at: isoTime(at ?? ''),
    stream: stream ?? null,
    streamVersion: numberOrNull(streamVersion),
    traceId: traceId ?? null,
    exchangeId: exchangeId ?? null,
    causedBy: numberOrNull(causedBy),
    data: JSON.parse(data ?? 'null'),
  };
}

function numberOrNull(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Number(text);
}

/** What is asked for, between 1 and the most. */
export function limitOf(asked: number | undefined, usual: number): number {
  return Math.max(1, Math.min(asked ?? usual, maxPageEvents));
}
