/** What detection asks of a workspace; paths are from its folder, with `/`. */
export interface WorkspaceFiles {
  /** Files of this name or pattern (`knexfile.*`), at most 50, what is installed left out. */
  named(name: string): Promise<readonly string[]>;
  /** Null when it is not there or longer than 1 MB. */
  read(file: string): Promise<string | null>;
  /** Names of the files in a folder, none when there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
}

export const folderOf = (file: string): string => file.split('/').slice(0, -1).join('/');

/** `a/b`, `../c/./d` → `a/c/d`; null for what leaves the workspace. */
export function joined(...parts: readonly string[]): string | null {
  const path: string[] = [];
  for (const part of parts.flatMap((each) => each.split(/[\\/]+/))) {
    if (part === '' || part === '.') continue;
    if (part !== '..') path.push(part);
    else if (path.pop() === undefined) return null;
  }
  return path.join('/');
}
