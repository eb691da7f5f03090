import type { OverFetched } from '../over-fetch/over-fetch.ts';
import type { Case } from './case.ts';
import type { Diagnosis } from './diagnosis.ts';
import { bytesText, countText } from './figures.ts';

/** Columns are read, and weigh, that no reply made of the rows carried. */
export function overFetch({ execution }: Case): readonly Diagnosis[] {
  const fetched = execution?.overFetch ?? null;
  if (fetched === null) return [];
  return [
    {
      kind: 'over-fetch',
      title: overFetchTitle(fetched),
      evidence: overFetchEvidence(fetched),
      advice: overFetchAdvice(fetched),
      sql: null,
    },
  ];
}

export function overFetchTitle({ unsent, unsentBytes, readBytes }: OverFetched): string {
  const share = Math.round((unsentBytes / readBytes) * 100);
  return `${share} % of what it reads, ${bytesText(unsentBytes)} a request, is never sent: ${named(unsent)}`;
}

export function overFetchEvidence(fetched: OverFetched): string {
  const { exchanges, rows, readBytes, replyBytes, unsent, routes, confidence } = fetched;
  const weights = unsent.map(({ name, bytes }) => `${name} ${bytesText(bytes)}`).join(', ');
  const sure =
    confidence === 'high'
      ? 'Each reply was smaller than these columns alone, so they were not sent under other names either.'
      : 'In some exchanges the reply was large enough to hold them under other names.';
  return `${exchanges} exchanges of ${routes.join(', ')}: ${countText(rows)} rows and ${bytesText(readBytes)} read for a reply of ${bytesText(replyBytes)}, whose JSON has no key for them. A row's share: ${weights}. ${sure}`;
}

export function overFetchAdvice({ allColumns, unsent, isStar }: OverFetched): string {
  const kept = `${allColumns.length - unsent.length} of ${allColumns.length}`;
  return `${isStar ? `It asks for every column there is (SELECT *), and for each that is added later. ` : ''}Ask for the columns you send, ${kept}: select in Prisma, TypeORM, Drizzle, Knex and Active Record, attributes in Sequelize, load_only in SQLAlchemy, only in Django. Code that works with a column and sends nothing of it cannot be seen: check that first.`;
}

function named(unsent: OverFetched['unsent']): string {
  const names = unsent.slice(0, 4).map(({ name }) => name);
  return unsent.length > 4 ? `${names.join(', ')} and ${unsent.length - 4} more` : names.join(', ');
}
