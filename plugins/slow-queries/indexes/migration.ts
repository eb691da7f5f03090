import type { ToldIndex } from './events.ts';

export const migrationFormats = ['sql', 'alembic', 'prisma', 'knex'] as const;
export type MigrationFormat = (typeof migrationFormats)[number];

/** A file for the workspace: where it belongs, from the workspace's folder, and what stands in it. */
export interface Migration {
  readonly fileName: string;
  readonly text: string;
}

interface Change {
  readonly up: readonly string[];
  readonly down: readonly string[];
}

/** Writes the indexes as a migration; each format's way to run outside a transaction, which CONCURRENTLY needs. */
export function writeMigration(
  format: MigrationFormat,
  indexes: readonly Pick<ToldIndex, 'ddl' | 'undo' | 'requires'>[],
  at: Date,
): Migration {
  const change = {
    up: [...new Set(indexes.flatMap(({ requires }) => requires)), ...indexes.map(({ ddl }) => ddl)],
    down: indexes.map(({ undo }) => undo).toReversed(),
  };
  const stamp = at.toISOString().replaceAll(/\D/g, '').slice(0, 14);
  return writers[format](change, stamp);
}

const writers: Readonly<Record<MigrationFormat, (change: Change, stamp: string) => Migration>> = {
  sql: ({ up, down }, stamp) => ({
    fileName: `migrations/${stamp}_outrider_indexes.sql`,
    text: `-- Run outside a transaction: CREATE INDEX CONCURRENTLY refuses one.\n${up.join('\n')}\n\n-- To undo:\n${down.map((each) => `-- ${each}`).join('\n')}\n`,
  }),
  alembic: ({ up, down }, stamp) => ({
    fileName: `alembic/versions/${stamp}_outrider_indexes.py`,
    text: `"""Indexes advised by Outrider."""

from alembic import op

revision = "${stamp}"
# Set this to your latest revision: \`alembic heads\` prints it.
down_revision = None
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
  knex: ({ up, down }, stamp) => ({
    fileName: `migrations/${stamp}_outrider_indexes.js`,
    text: `// CREATE INDEX CONCURRENTLY refuses a transaction.
exports.config = { transaction: false };

exports.up = async (knex) => {
${up.map((each) => `  await knex.raw(${javascript(each)});`).join('\n')}
};

exports.down = async (knex) => {
${down.map((each) => `  await knex.raw(${javascript(each)});`).join('\n')}
};
`,
  }),
};

const python = (sql: string): string => JSON.stringify(sql);

/** A question mark is a binding to Knex. */
const javascript = (sql: string): string => JSON.stringify(sql.replaceAll('?', String.raw`\?`));
