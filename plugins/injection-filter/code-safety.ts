import type { Match } from './finding.ts';

/** What a snippet for a code node can do to the machine it runs on. */
const dangers: readonly (readonly [rule: string, pattern: RegExp])[] = [
  [
    'code/process',
    /\b(?:os\.(?:system|popen|exec[lv]p?e?|spawn[lv]p?e?)|subprocess\.\w+|pty\.spawn|commands\.getoutput|child_process|execSync|spawnSync|Deno\.(?:run|Command)|Bun\.spawn|Runtime\.getRuntime|ProcessBuilder)\b/,
  ],
  [
    'code/eval',
    /(?<![\w.])(?:eval|exec|compile|execfile)\s*\(|\bnew\s+Function\s*\(|\bFunction\s*\(\s*['"`]|\bvm\.(?:runIn\w+|Script)|\bimportlib\.|__import__\s*\(/,
  ],
  [
    'code/file-system',
    /(?<![\w.])open\s*\(\s*[^)]*['"][wa]b?\+?['"]|\bshutil\.(?:rmtree|move|copy)|\bos\.(?:remove|unlink|rmdir|rename|chmod)|\bfs\.(?:write|unlink|rm|append|chmod|rename|promises)|\brequire\s*\(\s*['"](?:node:)?fs['"]/,
  ],
  [
    'code/network',
    /\b(?:socket\.(?:socket|create_connection)|urllib\.request|requests\.(?:get|post|put|delete)|http\.client|httpx\.|paramiko|net\.(?:connect|Socket|createConnection)|dgram\.)/,
  ],
  [
    'code/escape',
    /__(?:class|bases|base|mro|subclasses|globals|builtins|getattribute|code|closure)__|\bconstructor\s*(?:\.|\[\s*['"])constructor|\bprocess\s*\.\s*(?:mainModule|binding|dlopen|env)|\bglobalThis\s*\.\s*process\b|\bctypes\./,
  ],
];

/** The first danger in a snippet: process, eval, file system, network, or a way out of a sandbox. */
export function findUnsafeCode(text: string): Match | null {
  for (const [rule, pattern] of dangers) {
    const found = pattern.exec(text);
    if (found)
      return {
        attack: 'code',
        rule,
        start: found.index,
        end: found.index + found[0].length,
        strength: 'certain',
      };
  }
  return null;
}
