import type { ToldIndex } from './events.ts';

/** Knex reads CommonJS, ES modules and TypeScript, each written in its own way. */
export const migrationFormats = ['sql', 'alembic', 'prisma', 'knex', 'knex-esm', 'knex-ts'] as const;
export type MigrationFormat = (typeof migrationFormats)[number];

/** A file for the workspace: where it belongs, from the workspace's folder, and what stands in it. */
export interface MigrationFile {
  readonly fileName: string;
  readonly text: string;
}

/** All in one file, and the same as files that their tool can run as they are. */
export interface Migration extends MigrationFile {
  readonly files: readonly MigrationFile[];
}

interface Change {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/**
 * Writes the indexes as a migration; each format's way to run outside a transaction, which CONCURRENTLY needs.
 * `follows`: the revisions an Alembic migration comes after.
 */
export function writeMigration(
  format: MigrationFormat,
  indexes: readonly Pick<ToldIndex, 'ddl' | 'undo' | 'requires'>[],
  at: Date,
  follows: readonly string[] = [],
): Migration {
  const change = {
    up: [...new Set(indexes.flatMap(({ requires }) => requires)), ...indexes.map(({ ddl }) => ddl)],
    down: indexes.map(({ undo }) => undo).toReversed(),
  };
  const file = writers[format](change, stampOf(at), follows);
  return { ...file, files: format === 'prisma' ? oneEach(change, at) : [file] };
}

const stampOf = (at: Date): string => at.toISOString().replaceAll(/\D/g, '').slice(0, 14);

/** Prisma runs a file of one statement without a transaction; of several with one (github.com/prisma/prisma/issues/14456). */
function oneEach({ up }: Change, at: Date): readonly MigrationFile[] {
  return up.map((statement, place) => {
    const stamp = stampOf(new Date(at.getTime() + place * 1000));
    return { fileName: `prisma/migrations/${stamp}_outrider_index/migration.sql`, text: `${statement}\n` };
  });
}

type Writer = (change: Change, stamp: string, follows: readonly string[]) => MigrationFile;

const writers: Readonly<Record<MigrationFormat, Writer>> = {
  sql: ({ up, down }, stamp) => ({
    fileName: `migrations/${stamp}_outrider_indexes.sql`,
    text: `-- Run outside a transaction: CREATE INDEX CONCURRENTLY refuses one.\n${up.join('\n')}\n\n-- To undo:\n${down.map((each) => `-- ${each}`).join('\n')}\n`,
  }),
  alembic: ({ up, down }, stamp, follows) => ({
    fileName: `alembic/versions/${stamp}_outrider_indexes.py`,
    text: `"""Indexes advised by Outrider."""

from alembic import op

revision = "${stamp}"
${downRevision(follows)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    # CREATE INDEX CONCURRENTLY refuses a transaction.
    with op.get_context().autocommit_block():
${up.map((each) => `        op.execute(${python(each)})`).join('\n')}


def downgrade() -> None:
    with op.get_context().autocommit_block():
${down.map((each) => `        op.execute(${python(each)})`).join('\n')}
`,
  }),
  // Prisma runs a file of several statements in one transaction.
  prisma: ({ up }, stamp) => ({
    fileName: `prisma/migrations/${stamp}_outrider_indexes/migration.sql`,
    text: `${up.map((each) => (up.length > 1 ? each.replace('INDEX CONCURRENTLY', 'INDEX') : each)).join('\n')}\n`,
  }),
  knex: (change, stamp) =>
    knexFile(change, stamp, {
      extension: 'js',
      config: 'exports.config =',
      up: 'exports.up = async (knex) => {',
      down: 'exports.down = async (knex) => {',
      end: '};',
    }),
  'knex-esm': (change, stamp) =>
    knexFile(change, stamp, {
      extension: 'mjs',
      config: 'export const config =',
      up: 'export async function up(knex) {',
      down: 'export async function down(knex) {',
      end: '}',
    }),
  'knex-ts': (change, stamp) =>
    knexFile(change, stamp, {
      extension: 'ts',
      head: "import type { Knex } from 'knex';\n\n",
      config: 'export const config =',
      up: 'export async function up(knex: Knex): Promise<void> {',
      down: 'export async function down(knex: Knex): Promise<void> {',
      end: '}',
    }),
};

function knexFile(
  { up, down }: Change,
  stamp: string,
  words: Readonly<Record<'extension' | 'config' | 'up' | 'down' | 'end', string>> & {
    readonly head?: string;
  },
): MigrationFile {
  const run = (statements: readonly string[]): string =>
    statements.map((each) => `  await knex.raw(${javascript(each)});`).join('\n');
  return {
    fileName: `migrations/${stamp}_outrider_indexes.${words.extension}`,
    text: `${words.head ?? ''}// CREATE INDEX CONCURRENTLY refuses a transaction.
${words.config} { transaction: false };

${words.up}
${run(up)}
${words.end}

${words.down}
${run(down)}
${words.end}
`,
  };
}

/** Alembic joins several heads by a revision that comes after each. */
function downRevision(follows: readonly string[]): string {
  if (follows.length === 0)
    return '# Set this to your latest revision: `alembic heads` prints it.\ndown_revision = None';
  const names = follows.map((each) => JSON.stringify(each));
  return `down_revision = ${names.length === 1 ? names[0] : `(${names.join(', ')})`}`;
}

/** A colon before a word is a bound parameter to SQLAlchemy; two are a cast. */
const python = (sql: string): string =>
  JSON.stringify(sql.replaceAll(/(?<![:\w\\]):(?=\w)/g, String.raw`\:`));

/** A question mark is a binding to Knex. */
const javascript = (sql: string): string => JSON.stringify(sql.replaceAll('?', String.raw`\?`));
