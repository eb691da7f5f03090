/** A function in a source file; lines from 1. */
export interface FunctionPlace {
  readonly name: string;
  readonly line: number;
  readonly endLine: number;
}

const python = /^(\s*)(?:async\s+)?def\s+(\w+)/;
const script = [
  /^(\s*)(?:export\s+)?(?:default\s+)?(?:async\s+)?function\s*\*?\s*(\w+)/,
  /^(\s*)(?:export\s+)?(?:const|let|var)\s+(\w+)\s*(?::[^=]+)?=\s*(?:async\s*)?(?:\([^)]*\)|\w+)\s*(?::[^=]+)?=>/,
  /^(\s*)(?:export\s+)?(?:const|let|var)\s+(\w+)\s*=\s*(?:async\s+)?function/,
  /^(\s+)(?:(?:public|private|protected|static|override|async)\s+)*\*?(\w+)\s*\([^)]*\)\s*(?::[^{]+)?\{\s*$/,
];
const notNames = new Set(['if', 'for', 'while', 'switch', 'catch', 'return', 'with', 'function']);

/**
 * The functions of a file by how it is indented: each ends before the next line with code that stands no deeper than
 * its own. Wrong for code that is not indented, which costs a guess its precision and nothing else.
 */
export function functionsIn(
  lines: readonly string[],
  language: 'python' | 'script',
): readonly FunctionPlace[] {
  const found: FunctionPlace[] = [];
  lines.forEach((text, at) => {
    const [, indent, name] = startOf(text, language) ?? [];
    if (indent === undefined || name === undefined || notNames.has(name)) return;
    found.push({ name, line: at + 1, endLine: endOf(lines, at, indent.length) });
  });
  return found;
}

function startOf(text: string, language: 'python' | 'script'): RegExpExecArray | null {
  if (text.length > longestLine) return null;
  if (language === 'python') return python.exec(text);
  for (const pattern of script) {
    const found = pattern.exec(text);
    if (found) return found;
  }
  return null;
}

/** What is longer was made by a machine. */
export const longestLine = 500;

/** The line on which what begins at an index and stands so deep ends. */
export function endOf(lines: readonly string[], start: number, indent: number): number {
  for (let at = start + 1; at < lines.length; at++) {
    const text = lines[at] ?? '';
    if (text.trim() === '') continue;
    const depth = text.length - text.trimStart().length;
    // A bracket that closes the head of the function, or its body, still belongs to it.
    if (depth <= indent) return /^\s*[)\]}]/.test(text) ? at + 1 : at;
  }
  return lines.length;
}

/** The innermost function around a line. */
export function functionAround(functions: readonly FunctionPlace[], line: number): FunctionPlace | undefined {
  return functions.filter((each) => each.line <= line && line <= each.endLine).at(-1);
}
