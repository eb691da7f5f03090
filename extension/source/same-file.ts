/**
 * Whether a file that a backend names is one of the workspace (a path from its folder). A backend in a container
 * names files by its own root, one of a package in a larger repository by that package's: one path ends with the
 * other, and what they have in common is at least a folder and a name, or all of one of them.
 */
export function isSameFile(inWorkspace: string, named: string): boolean {
  const [here, there] = [partsOf(inWorkspace), partsOf(named)];
  const shorter = Math.min(here.length, there.length);
  if (shorter === 0) return false;
  const ends = (parts: readonly string[], count: number): string => parts.slice(-count).join('/');
  return ends(here, shorter) === ends(there, shorter);
}

export function partsOf(file: string): readonly string[] {
  return file.split(/[\\/]+/).filter((part) => part !== '' && part !== '.' && part !== '..');
}
