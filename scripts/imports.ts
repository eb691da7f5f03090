import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** An import that goes against the directions of ARCHITECTURE.md. */
export interface WrongImport {
  readonly file: string;
  readonly imported: string;
  readonly reason: string;
}

const sourceFolders = ['shared', 'plugins', 'sidecar', 'extension'] as const;
/** Files that only tests import: contracts that several implementations pass, and stand-ins. */
const testSupport =
  /(?:^|\/)(?:contract-|fake-|testing\/|kill-child\.ts$|memory-event-store\.ts$)|-contract\.ts$/;
const importLine =
  /(?:^|[\s;])(?:import|export)\s(?:[^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/gm;

/** Reads every import line below `root` and returns those that point the wrong way. */
export function wrongImports(root: string): readonly WrongImport[] {
  return sourceFolders
    .flatMap((folder) => typescriptFiles(join(root, folder)))
    .flatMap((path) => {
      const file = relative(root, path);
      return importsOf(readFileSync(path, 'utf8')).flatMap((imported) => {
        const reason = reasonAgainst(file, targetOf(root, path, imported));
        return reason === null ? [] : [{ file, imported, reason }];
      });
    });
}

export function importsOf(source: string): readonly string[] {
  return [...source.matchAll(importLine)].flatMap(([, fixed, dynamic]) => fixed ?? dynamic ?? []);
}

/** A path below the root for our own files, the bare name for a package. */
function targetOf(root: string, from: string, imported: string): string {
  if (imported.startsWith('@outrider/')) return imported.slice('@outrider/'.length);
  return imported.startsWith('.') ? relative(root, resolve(dirname(from), imported)) : `npm:${imported}`;
}

/** Why a file may not import a target; null when it may. */
export function reasonAgainst(file: string, target: string): string | null {
  const [from = '', plugin = ''] = file.split('/');
  const [to = '', otherPlugin = ''] = target.split('/');
  const isTest = file.endsWith('.test.ts') || testSupport.test(file);
  if (isTest && (to === 'scripts' || to === 'shared' || target.startsWith('npm:'))) return null;
  if (!isTest && from !== 'shared' && testSupport.test(target))
    return 'what stands in for a part is for tests';
  if (target === 'package.json') return null;
  if (target.startsWith('npm:')) return reasonAgainstPackage(file, target.slice(4));
  if (from === 'shared') return to === 'shared' ? null : 'shared imports only zod';
  if (from === 'plugins') {
    if (to === 'shared') return null;
    return to === 'plugins' && plugin === otherPlugin
      ? null
      : 'a plugin imports only shared and its own files';
  }
  if (from === 'sidecar' && to === 'plugins')
    return file === 'sidecar/defaults.ts' || isTest ? null : 'only sidecar/defaults.ts imports plugins';
  if (from === 'sidecar')
    return to === 'sidecar' || to === 'shared' ? null : 'the sidecar imports only shared';
  return to === 'extension' || to === 'shared' ? null : 'the extension imports only shared';
}

/** Packages that are touched by one file only, so that they can be replaced. */
const onlyIn: Readonly<Record<string, RegExp>> = {
  'http-proxy': /^sidecar\/http\//,
  express: /^sidecar\/gateway\//,
  '@vscode/webview-ui-toolkit': /^extension\/webview\/toolkit\.ts$/,
};

function reasonAgainstPackage(file: string, name: string): string | null {
  if (file.startsWith('shared/')) return name === 'zod' ? null : 'shared imports only zod';
  const allowed = onlyIn[name];
  return allowed && !allowed.test(file) ? `${name} is imported only by ${allowed.source}` : null;
}

function typescriptFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ['node_modules', 'dist'].includes(entry.name) ? [] : typescriptFiles(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}
