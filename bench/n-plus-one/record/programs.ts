/** A program that uses an ORM or driver as teams do, and says which exchange is what. */
export interface Program {
  /** Of its file of traces. */
  readonly name: string;
  /** As `ormOf` names it. */
  readonly tool: string;
  readonly command: readonly string[];
  /** Recorded only after the rule was frozen: says how it does on what it was not made for. */
  readonly isHeldOut?: boolean;
}

const python = (file: string): readonly string[] => ['/usr/bin/python3', file];
const ruby = (file: string): readonly string[] => ['ruby', file];
const node = (file: string): readonly string[] => [process.execPath, file];

export const programs: readonly Program[] = [
  { name: 'sqlalchemy', tool: 'SQLAlchemy', command: python('sqlalchemy_program.py') },
  { name: 'django', tool: 'Django', command: python('django_program.py') },
  { name: 'typeorm', tool: 'TypeORM', command: node('typeorm.mjs') },
  { name: 'sequelize', tool: 'Sequelize', command: node('sequelize.mjs') },
  { name: 'knex', tool: 'Knex or Kysely', command: node('knex.mjs') },
  { name: 'node-postgres', tool: 'plain SQL', command: node('node-postgres.mjs') },
  { name: 'asyncpg', tool: 'plain SQL', command: python('asyncpg_program.py') },
  { name: 'prisma', tool: 'Prisma', command: node('prisma.mjs'), isHeldOut: true },
  { name: 'drizzle', tool: 'Drizzle', command: node('drizzle.mjs'), isHeldOut: true },
  {
    name: 'active-record',
    tool: 'Active Record',
    command: ruby('active_record_program.rb'),
    isHeldOut: true,
  },
  { name: 'peewee', tool: 'Peewee', command: python('peewee_program.py'), isHeldOut: true },
  { name: 'psycopg', tool: 'plain SQL', command: python('psycopg_program.py'), isHeldOut: true },
  { name: 'kysely', tool: 'Knex or Kysely', command: node('kysely.mjs'), isHeldOut: true },
];
