/** A handler of a route in a source file; the line is where it is declared. */
export interface RoutePlace {
  /** `GET`, or `*` where the declaration does not say. */
  readonly method: string;
  /** As written, with the prefix its file declares: `/agents/{id}`. */
  readonly pattern: string;
  readonly line: number;
  /** The function it names, where it names one instead of writing it in place. */
  readonly handler: string | null;
}

/** `@app.get("/x")`, `router.post('/x', …)`, `fastify.get('/x'`: a method called with a path. */
const called =
  /(?:^|[\s;@(])(?:\w+\.)+(get|post|put|patch|delete|options|head|all)\(\s*(["'`])(\/[^"'`]*|)\2/;
/** Flask: `@app.route("/x", methods=["POST"])` */
const flask = /@\w+(?:\.\w+)*\.route\(\s*["']([^"']*)["'](?:.*methods\s*=\s*\[\s*["'](\w+)["'])?/;
/** Django: `path("agents/<int:pk>/", …)` */
const django = /(?:^|[\s[(,])(?:re_)?path\(\s*r?["']([^"']*)["']\s*,/;
/** Nest: `@Get(':id')` */
const nest = /^\s*@(Get|Post|Put|Patch|Delete|All)\(\s*(?:["'`]([^"'`]*)["'`])?\s*\)/;
const prefixes = [
  /APIRouter\((?:.*?)prefix\s*=\s*["']([^"']*)["']/,
  /Blueprint\((?:.*?)url_prefix\s*=\s*["']([^"']*)["']/,
  /@Controller\(\s*["'`]([^"'`]*)["'`]/,
];

export function routesIn(lines: readonly string[]): readonly RoutePlace[] {
  let prefix = '';
  return lines.flatMap((text, at) => {
    if (text.length > longestRoute) return [];
    prefix = prefixes.map((each) => each.exec(text)?.[1]).find((each) => each !== undefined) ?? prefix;
    const found = routeOf(text);
    if (found === null) return [];
    const handler = named.exec(text)?.[1] ?? null;
    return [{ ...found, pattern: joined(prefix, found.pattern), line: at + 1, handler }];
  });
}

const longestRoute = 300;
/** `…, views.list)` */
const named = /,\s*(?:\w+\.)*(\w+)(?:\.as_view\(\))?\s*(?:,\s*name\s*=.*)?\)[;,]?\s*$/;

function routeOf(text: string): Pick<RoutePlace, 'method' | 'pattern'> | null {
  const call = called.exec(text);
  if (call) return { method: methodOf(call[1]), pattern: call[3] ?? '' };
  const decorated = nest.exec(text);
  if (decorated) return { method: methodOf(decorated[1]), pattern: decorated[2] ?? '' };
  const flasks = flask.exec(text);
  if (flasks) return { method: methodOf(flasks[2] ?? 'GET'), pattern: flasks[1] ?? '' };
  const djangos = django.exec(text);
  return djangos ? { method: '*', pattern: djangos[1] ?? '' } : null;
}

const methodOf = (word = '*'): string => (/^all$/i.test(word) ? '*' : word.toUpperCase());
const joined = (prefix: string, pattern: string): string =>
  `/${segmentsOf(`${prefix}/${pattern}`).join('/')}`;
const segmentsOf = (path: string): readonly string[] => path.split('/').filter(Boolean);
const isVariable = (segment: string): boolean => /^[:{<*[]|^\(|\$\{/.test(segment);

/**
 * How well a declaration fits a route that was seen, 0 when it does not: the number of its fixed parts, and one more
 * when nothing is missing before it. A router may be mounted below a prefix, so its end counts.
 */
export function fitOf(place: Pick<RoutePlace, 'method' | 'pattern'>, seen: string): number {
  const [method = '', path = ''] = seen.split(' ');
  if (place.method !== '*' && place.method !== method) return 0;
  const [written, asked] = [segmentsOf(place.pattern), segmentsOf(path)];
  if (written.length > asked.length) return 0;
  const end = asked.slice(asked.length - written.length);
  const isFitting = written.every((segment, at) => isVariable(segment) || segment === end[at]);
  if (!isFitting) return 0;
  const fixed = written.filter((segment) => !isVariable(segment)).length;
  return written.length === asked.length ? fixed + 1 : fixed;
}
