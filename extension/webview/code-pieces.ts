/** A stretch of code that looks alike. */
export interface Piece {
  readonly text: string;
  readonly token: Token;
  readonly isMarked: boolean;
}

export type Token = 'plain' | 'keyword' | 'text' | 'number' | 'comment' | 'name';

/** Splits code where its colour or its mark changes. Marks are UTF-16 offsets; those out of range are cut. */
export function codePieces(
  text: string,
  language: string,
  marks: readonly (readonly [start: number, end: number])[] = [],
): readonly Piece[] {
  const tokens = tokensOf(text, language);
  const edges = new Set([0, text.length]);
  for (const { start, end } of tokens) edges.add(start).add(end);
  for (const [start, end] of marks) edges.add(clamp(start, text)).add(clamp(end, text));
  const cuts = [...edges].sort((a, b) => a - b);
  let token = 0;
  return cuts.slice(0, -1).flatMap((start, index) => {
    const end = cuts[index + 1] ?? text.length;
    while ((tokens[token]?.end ?? Infinity) <= start) token += 1;
    const kind = (tokens[token]?.start ?? Infinity) <= start ? tokens[token]?.token : undefined;
    const isMarked = marks.some(([from, to]) => from <= start && end <= to);
    return start === end ? [] : [{ text: text.slice(start, end), token: kind ?? 'plain', isMarked }];
  });
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly token: Token;
}

function clamp(offset: number, text: string): number {
  return Math.max(0, Math.min(offset, text.length));
}

/** Above this, code is shown without colours: it would cost more than it helps. */
const longestColoured = 100_000;

function tokensOf(text: string, language: string): readonly Span[] {
  const grammar = grammars[language.toLowerCase()];
  if (grammar === undefined || text.length > longestColoured) return [];
  return [...text.matchAll(grammar)].flatMap((match) => {
    const token = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined)?.[0];
    // Safe: the groups of every grammar below are named after tokens.
    return token === undefined
      ? []
      : [{ start: match.index, end: match.index + match[0].length, token: token as Token }];
  });
}

const sqlWords =
  'select|from|where|and|or|not|in|is|null|as|on|join|left|right|inner|outer|full|cross|lateral|group|by|order|having|limit|offset|insert|into|values|update|set|delete|returning|create|index|concurrently|using|table|alter|drop|distinct|union|all|exists|between|like|ilike|case|when|then|else|end|asc|desc|with|recursive|explain|analyze|begin|commit|rollback|true|false|primary|key|references|default|unique|nulls|first|last|over|partition|filter|any|cast|for|of|do|nothing|conflict|include';
const jsWords =
  'const|let|var|function|return|if|else|for|while|of|in|new|await|async|import|export|from|default|throw|try|catch|class|extends|true|false|null|undefined|def|self|None|True|False|elif|lambda|with|as|raise|except|pass|yield|and|or|not';

const grammars: Readonly<Record<string, RegExp>> = {
  sql: new RegExp(
    `(?<comment>--[^\\n]*|/\\*[^]*?\\*/)|(?<text>'(?:[^']|'')*')|(?<name>"(?:[^"]|"")*"|\\$\\d+)|(?<number>\\b\\d+(?:\\.\\d+)?\\b)|(?<keyword>\\b(?:${sqlWords})\\b)`,
    'gi',
  ),
  json: /(?<name>"(?:[^"\\]|\\.)*"(?=\s*:))|(?<text>"(?:[^"\\]|\\.)*")|(?<number>-?\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b)|(?<keyword>\b(?:true|false|null)\b)/gi,
  http: /(?<keyword>^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|QUERY)\b|^HTTP\/[\d.]+ \d+)|(?<name>^[A-Za-z][\w-]*(?=:))/gm,
  ts: codeGrammar(),
  typescript: codeGrammar(),
  js: codeGrammar(),
  javascript: codeGrammar(),
  python: codeGrammar(),
};

function codeGrammar(): RegExp {
  return new RegExp(
    `(?<comment>//[^\\n]*|#[^\\n]*|/\\*[^]*?\\*/)|(?<text>'(?:[^'\\\\\\n]|\\\\.)*'|"(?:[^"\\\\\\n]|\\\\.)*"|\`(?:[^\`\\\\]|\\\\.)*\`)|(?<number>\\b\\d[\\d_]*(?:\\.\\d+)?\\b)|(?<keyword>\\b(?:${jsWords})\\b)`,
    'g',
  );
}
