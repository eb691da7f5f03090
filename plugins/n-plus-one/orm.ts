import { withoutComments } from './slots.ts';

/** Who wrote a statement, by its style, and how that tool loads many at once. */
export interface Orm {
  readonly name: string;
  readonly read: string;
  readonly write: string;
}

const plain: Orm = {
  name: 'plain SQL',
  read: 'Collect the keys and ask once with `= ANY($1)`, or join; in a GraphQL resolver put a DataLoader in between.',
  write:
    'Send one statement with many rows: `INSERT … SELECT FROM unnest($1::int[], …)` or a multi-row `VALUES`.',
};

/** Most telling first: each pattern is something only that tool's query builder writes. */
const styles: readonly { readonly pattern: RegExp; readonly orm: Orm }[] = [
  {
    pattern: /"public"\."\w+"\."\w+"/,
    orm: {
      name: 'Prisma',
      read: 'Load the relation with the parent: `include: { … }` (or `select`), or `findMany({ where: { id: { in: ids } } })`.',
      write: 'Use `createMany`, or `updateMany` where one condition fits all.',
    },
  },
  {
    pattern: /"\w+"\."\w+" AS "\w+_\w+"/,
    orm: {
      name: 'TypeORM',
      read: 'Load the relation with the parent: `relations: { … }` in `find`, or `leftJoinAndSelect`.',
      write: 'Give `save` or `insert` the whole array.',
    },
  },
  {
    pattern: /FROM "\w+" AS "\w+"/,
    orm: {
      name: 'Sequelize',
      read: 'Load the association with the parent: `include: [Model]`, with `separate: true` for long lists.',
      write: 'Use `bulkCreate`.',
    },
  },
  {
    pattern: /\b(\w+)\.(\w+) AS \1_\2\b|%\(\w+\)s|\$\d+::(?:INTEGER|VARCHAR|UUID|BIGINT)/,
    orm: {
      name: 'SQLAlchemy',
      read: 'Load the relationship with the parent: `.options(selectinload(Parent.children))`, or `joinedload` for many-to-one.',
      write: 'Use `session.execute(insert(Model), rows)` with all rows.',
    },
  },
  {
    pattern: /SELECT "\w+"\.\* FROM "\w+" WHERE "\w+"\."\w+" = /,
    orm: {
      name: 'Active Record',
      read: 'Load the association with the parent: `includes(:…)`.',
      write: 'Use `insert_all`.',
    },
  },
  {
    pattern: /"\w+_\w+"\."\w+"(?:, "\w+_\w+"\."\w+")* FROM "\w+_\w+"/,
    orm: {
      name: 'Django',
      read: 'Load the relation with the parent: `select_related` for a foreign key, `prefetch_related` for many.',
      write: 'Use `bulk_create` or `bulk_update`.',
    },
  },
  {
    pattern: /^select .* from "\w+" where "\w+"(?:\."\w+")? = (?:\$1|\?)/,
    orm: {
      name: 'Knex',
      read: 'Ask once with `whereIn("id", ids)`; in Objection load the relation with `withGraphFetched`.',
      write: 'Give `insert` the whole array, or use `batchInsert`.',
    },
  },
];

export function ormOf(text: string): Orm {
  const sql = withoutComments(text).replace(/\s+/g, ' ');
  return styles.find(({ pattern }) => pattern.test(sql))?.orm ?? plain;
}
