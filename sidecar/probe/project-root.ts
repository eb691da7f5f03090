import { existsSync } from 'node:fs';
import { dirname, join, parse, resolve } from 'node:path';

/**
 * The folder that paths are told from: the one given, else the nearest above `from` that is a repository, else the
 * nearest with a package.json (in a container there is no repository), else `from`.
 */
export function projectRoot(
  from: string,
  given: string | undefined,
  exists: (path: string) => boolean = existsSync,
): string {
  if (given !== undefined) return resolve(from, given);
  const folders = foldersAbove(from);
  const holds = (name: string): string | undefined => folders.find((folder) => exists(join(folder, name)));
  return holds('.git') ?? holds('package.json') ?? from;
}

function foldersAbove(from: string): readonly string[] {
  const folders = [from];
  for (let folder = from; folder !== parse(folder).root; folder = dirname(folder))
    folders.push(dirname(folder));
  return folders;
}
