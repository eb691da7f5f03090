import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { headsOf, revisionIn } from './alembic.ts';
import { migrationTools, type MigrationTool } from './detect.ts';
import { placed, writtenMigration } from './place.ts';
import { folderOf, joined, type WorkspaceFiles } from './workspace-files.ts';

function workspace(files: Readonly<Record<string, string>>): WorkspaceFiles {
  const paths = Object.keys(files);
  return {
    async named(name) {
      const pattern = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
      return paths.filter((path) => pattern.test(path.split('/').at(-1) ?? ''));
    },
    read: async (file) => files[file] ?? null,
    list: async (folder) =>
      paths.filter((path) => folderOf(path) === folder).map((path) => path.split('/').at(-1) ?? ''),
  };
}

const version = (id: string, after: string): string =>
  `"""x"""\nfrom alembic import op\n\nrevision: str = '${id}'\ndown_revision: Union[str, None] = ${after}\n`;
const firstOf = async (files: Readonly<Record<string, string>>): Promise<MigrationTool> => {
  const [first] = await migrationTools(workspace(files));
  assert.ok(first);
  return first;
};
const told = ({ kind, format, folder, heads }: MigrationTool) => [kind, format, folder, ...heads];

describe('The migrations of a workspace', () => {
  it('are Alembic where its settings are, after the head of its history', async () => {
    const tool = await firstOf({
      'backend/alembic.ini': '[alembic]\nscript_location = %(here)s/db/alembic\nprepend_sys_path = .\n',
      'backend/uv.lock': '',
      'backend/db/alembic/versions/1_a.py': version('aaa111', 'None'),
      'backend/db/alembic/versions/2_b.py': version('bbb222', "'aaa111'"),
      'backend/db/alembic/versions/__init__.py': '',
    });
    assert.deepEqual(told(tool), ['alembic', 'alembic', 'backend/db/alembic/versions', 'bbb222']);
    assert.deepEqual([tool.run.folder, tool.run.command([])], ['backend', 'uv run alembic upgrade head']);
  });

  it('are Alembic in a pyproject.toml, with each head of a history that has several', async () => {
    const tool = await firstOf({
      'pyproject.toml':
        '[project]\nname = "x"\n\n[tool.alembic]\nscript_location = "migrations"\n\n[tool.other]\nx = 1\n',
      'migrations/versions/a.py': version('aaa111', 'None'),
      'migrations/versions/b.py': version('bbb222', "'aaa111'"),
      'migrations/versions/c.py': version('ccc333', "'aaa111'"),
    });
    assert.deepEqual(told(tool), ['alembic', 'alembic', 'migrations/versions', 'bbb222', 'ccc333']);
  });

  it('are Prisma where its lock lies, else beside its schema', async () => {
    const schema = { 'api/prisma/schema.prisma': 'model A { id Int @id }' };
    assert.deepEqual(told(await firstOf(schema)), ['prisma', 'prisma', 'api/prisma/migrations']);
    const tool = await firstOf({ ...schema, 'api/db/migrations/migration_lock.toml': '' });
    assert.deepEqual(told(tool), ['prisma', 'prisma', 'api/db/migrations']);
    assert.equal((await firstOf(schema)).run.folder, 'api');
  });

  it('are Knex as its knexfile says, in the language of what is there', async () => {
    assert.deepEqual(told(await firstOf({ 'knexfile.js': 'module.exports = { client: "pg" }' })), [
      'knex',
      'knex',
      'migrations',
    ]);
    const typed = {
      'api/knexfile.ts': `export default { migrations: { directory: path.join(__dirname, './src/db/migrations'), extension: 'ts' } }`,
      'api/src/db/migrations/2024_a.ts': '',
    };
    assert.deepEqual(told(await firstOf(typed)), ['knex', 'knex-ts', 'api/src/db/migrations']);
    const module = { 'knexfile.js': 'export default {}', 'package.json': '{ "type": "module" }' };
    assert.deepEqual(told(await firstOf(module)), ['knex', 'knex-esm', 'migrations']);
  });

  it('are plain SQL otherwise, where SQL lies already', async () => {
    assert.deepEqual(told(await firstOf({})), ['sql', 'sql', 'migrations']);
    const tool = await firstOf({ 'db/migrations/001_a.sql': '' });
    assert.deepEqual(told(tool), ['sql', 'sql', 'db/migrations']);
    assert.equal(tool.run.command(["db/it's.sql"]), `psql "$DATABASE_URL" -f 'db/it'\\''s.sql'`);
  });

  it('never lie outside of it', async () => {
    const tools = await migrationTools(
      workspace({
        'alembic.ini': 'script_location = ../elsewhere',
        'knexfile.js': `module.exports = { migrations: { directory: '../../etc' } }`,
      }),
    );
    assert.deepEqual(
      tools.map(({ kind }) => kind),
      ['sql'],
    );
  });
});

describe('An Alembic history', () => {
  it('has the revisions that nothing comes after as its heads', () => {
    const scripts = [
      version('a1', 'None'),
      version('b1', "'a1'"),
      version('c1', "'a1'"),
      `revision = "d1"\ndown_revision = (\n    "b1",\n    "c1",\n)\n`,
    ];
    const revisions = scripts.flatMap((each) => revisionIn(each) ?? []);
    assert.deepEqual(headsOf(revisions), ['d1']);
    assert.deepEqual(headsOf(revisions.slice(0, 3)), ['b1', 'c1']);
    assert.equal(revisionIn('import x\n'), null);
  });
});

describe('A written migration', () => {
  const knex: MigrationTool = {
    kind: 'knex',
    format: 'knex-esm',
    folder: 'api/db',
    ending: '.js',
    heads: [],
    run: { folder: '', command: () => '' },
  };

  it('is placed where the workspace keeps its own', () => {
    const answer = writtenMigration.parse({ files: [{ fileName: 'migrations/1_x.mjs', text: 't' }] });
    assert.deepEqual(placed(knex, answer), [{ file: 'api/db/1_x.js', text: 't' }]);
    const nested = { files: [{ fileName: 'prisma/migrations/1_x/migration.sql', text: 't' }] };
    const prisma = { ...knex, kind: 'prisma', folder: 'p/migrations', ending: null } as const;
    assert.deepEqual(placed(prisma, nested)[0]?.file, 'p/migrations/1_x/migration.sql');
  });

  it('never leaves its folder, whatever a sidecar answers', () => {
    const files = [
      { fileName: '../../.bashrc', text: '' },
      { fileName: '/etc/passwd.js', text: '' },
    ];
    assert.deepEqual(
      placed(knex, { files }).map(({ file }) => file),
      ['api/db/.js', 'api/db/etc/passwd.js'],
    );
  });
});

describe('A path', () => {
  it('is joined, and refused when it leaves', () => {
    assert.equal(joined('a/b', '../c/./d'), 'a/c/d');
    assert.equal(joined('a', '../../b'), null);
    assert.equal(joined('', 'x'), 'x');
  });
});
