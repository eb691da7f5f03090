import { headsOf, revisionIn, scriptLocation, versionLocation } from './alembic.ts';
import { folderOf, joined, type WorkspaceFiles } from './workspace-files.ts';

/** A way to migrate that a workspace uses. */
export interface MigrationTool {
  readonly kind: 'alembic' | 'prisma' | 'knex' | 'sql';
  /** How the sidecar writes for it. */
  readonly format: 'alembic' | 'prisma' | 'knex' | 'knex-esm' | 'knex-ts' | 'sql';
  /** Where its files lie, from the workspace's folder. */
  readonly folder: string;
  /** The ending its files have, with the point, where it is not what the format says. */
  readonly ending: string | null;
  /** What a new revision comes after, one of them or all; only Alembic. */
  readonly heads: readonly string[];
  /** How to run what was written, and where. */
  readonly run: { readonly folder: string; readonly command: (files: readonly string[]) => string };
}

/** What the workspace uses, the surest first; plain SQL when it uses nothing else, and always as the last choice. */
export async function migrationTools(files: WorkspaceFiles): Promise<readonly MigrationTool[]> {
  const found = await Promise.all([alembicTools(files), prismaTools(files), knexTools(files)]);
  return [...found.flat(), await plainSql(files)];
}

const mostVersions = 2000;

async function alembicTools(files: WorkspaceFiles): Promise<readonly MigrationTool[]> {
  const settings = [...(await files.named('alembic.ini')), ...(await files.named('pyproject.toml'))];
  const tools = await Promise.all(settings.map((file) => alembicTool(files, file)));
  const folders = new Set<string>();
  return tools.flatMap((tool) => {
    if (tool === null || folders.has(tool.folder)) return [];
    folders.add(tool.folder);
    return [tool];
  });
}

async function alembicTool(files: WorkspaceFiles, file: string): Promise<MigrationTool | null> {
  const text = (await files.read(file)) ?? '';
  const section = file.endsWith('.toml')
    ? (/\[tool\.alembic\]([\s\S]*?)(?:\n\[|$)/.exec(text)?.[1] ?? '')
    : text;
  const location = scriptLocation(section);
  if (location === null) return null;
  const home = folderOf(file);
  const told = versionLocation(section);
  const folder = told === null ? joined(home, location, 'versions') : joined(home, told);
  if (folder === null) return null;
  const heads = headsOf(await revisionsIn(files, folder));
  const runner = await pythonRunner(files, home);
  return {
    kind: 'alembic',
    format: 'alembic',
    folder,
    ending: null,
    heads,
    run: { folder: home, command: () => `${runner}alembic upgrade head${heads.length > 1 ? 's' : ''}` },
  };
}

async function revisionsIn(files: WorkspaceFiles, folder: string) {
  const names = (await files.list(folder)).filter((name) => name.endsWith('.py')).slice(0, mostVersions);
  const texts = await Promise.all(names.map((name) => files.read(`${folder}/${name}`)));
  return texts.flatMap((text) => revisionIn(text ?? '') ?? []);
}

async function pythonRunner(files: WorkspaceFiles, home: string): Promise<string> {
  const names = new Set([...(await files.list(home)), ...(await files.list(''))]);
  if (names.has('uv.lock')) return 'uv run ';
  return names.has('poetry.lock') ? 'poetry run ' : '';
}

/** `migration_lock.toml` lies where Prisma keeps its migrations; before the first one, beside the schema. */
async function prismaTools(files: WorkspaceFiles): Promise<readonly MigrationTool[]> {
  const locks = await files.named('migration_lock.toml');
  const schemas = await files.named('schema.prisma');
  const folders =
    locks.length > 0 ? locks.map(folderOf) : schemas.map((each) => joined(folderOf(each), 'migrations'));
  return [...new Set(folders)].flatMap((folder) => {
    if (folder === null) return [];
    // `prisma` is run where the package is: above `prisma/migrations`.
    const home = folderOf(folder).replace(/(?:^|\/)prisma(?:\/schema)?$/, '');
    const run = { folder: home, command: () => 'npx prisma migrate deploy' };
    return [{ kind: 'prisma', format: 'prisma', folder, ending: null, heads: [], run } as const];
  });
}

async function knexTools(files: WorkspaceFiles): Promise<readonly MigrationTool[]> {
  return (await Promise.all((await files.named('knexfile.*')).map((file) => knexTool(files, file)))).flat();
}

async function knexTool(files: WorkspaceFiles, file: string): Promise<readonly MigrationTool[]> {
  if (!/\.(?:c|m)?[jt]s$/.test(file)) return [];
  const text = (await files.read(file)) ?? '';
  const home = folderOf(file);
  const folder = joined(home, knexFolder(text));
  if (folder === null) return [];
  const ending = await knexEnding(files, file, folder);
  const format = ending.endsWith('ts')
    ? 'knex-ts'
    : (await isModule(files, ending, folder))
      ? 'knex-esm'
      : 'knex';
  const name = file.split('/').at(-1) ?? file;
  const run = { folder: home, command: () => `npx knex migrate:latest --knexfile ${name}` };
  return [{ kind: 'knex', format, folder, ending, heads: [], run }];
}

/** `migrations: { directory: … }`, also joined to `__dirname`; Knex's own default otherwise. */
function knexFolder(text: string): string {
  const migrations = /\bmigrations\s*:\s*\{([\s\S]*?)\}/.exec(text)?.[1] ?? '';
  const told = /\bdirectory\s*:[^\n]*?["'`]([^"'`]+)["'`]/.exec(migrations)?.[1];
  return told === undefined ? 'migrations' : told.replace(/\$\{[^}]*\}/, '');
}

/** As the files that are there end, else as the knexfile does. */
async function knexEnding(files: WorkspaceFiles, file: string, folder: string): Promise<string> {
  const endings = (await files.list(folder)).flatMap((name) => /\.[cm]?[jt]s$/.exec(name)?.[0] ?? []);
  return endings.sort().at(-1) ?? /\.[cm]?[jt]s$/.exec(file)?.[0] ?? '.js';
}

async function isModule(files: WorkspaceFiles, ending: string, folder: string): Promise<boolean> {
  if (ending !== '.js') return ending === '.mjs';
  for (let at: string | null = folder; at !== null; at = at === '' ? null : folderOf(at)) {
    const text = await files.read(at === '' ? 'package.json' : `${at}/package.json`);
    if (text !== null) return /"type"\s*:\s*"module"/.test(text);
  }
  return false;
}

/** Where SQL files lie already, else `migrations`. */
async function plainSql(files: WorkspaceFiles): Promise<MigrationTool> {
  for (const folder of [
    'migrations',
    'db/migrations',
    'database/migrations',
    'sql/migrations',
    'supabase/migrations',
    'sql',
  ]) {
    const names = await files.list(folder);
    if (names.some((name) => name.endsWith('.sql'))) return sqlIn(folder);
  }
  return sqlIn('migrations');
}

function sqlIn(folder: string): MigrationTool {
  const command = (written: readonly string[]): string =>
    written.map((each) => `psql "$DATABASE_URL" -f ${shellWord(each)}`).join(' && ');
  return { kind: 'sql', format: 'sql', folder, ending: null, heads: [], run: { folder: '', command } };
}

const shellWord = (text: string): string =>
  /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
