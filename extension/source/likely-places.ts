import { functionAround, type FunctionPlace } from './functions.ts';
import { mayStandFor } from './models.ts';
import { fitOf } from './routes.ts';
import type { SourceFacts } from './source-facts.ts';
import { wordsOf, type StatementWords } from './statement-words.ts';

/** What is looked for. */
export interface Wanted {
  readonly statement?: string | undefined;
  /** `GET /agents/:id` */
  readonly route?: string | undefined;
}

/** A line that may be meant. Always a guess. */
export interface LikelyPlace {
  readonly file: string;
  readonly line: number;
  readonly score: number;
  /** What speaks for it, to be read after "likely": "it names the table agents". */
  readonly why: string;
}

const mostPlaces = 5;
/** A place that scores less says too little: a model of that name somewhere. */
const leastScore = 2;

/** The likeliest places first; none when nothing fits. */
export function likelyPlaces(wanted: Wanted, sources: readonly SourceFacts[]): readonly LikelyPlace[] {
  const words = wordsOf(wanted.statement ?? '');
  const handlers = wanted.route === undefined ? [] : handlersOf(wanted.route, sources);
  const models = words.tables.length === 0 ? new Set<string>() : modelNames(words, sources);
  const places = sources.flatMap((source) => [
    ...usePlaces(source, words, models, handlers),
    ...(words.tables.length === 0 ? [] : modelPlaces(source, words)),
  ]);
  return [...places, ...handlers.map((each) => each.place)]
    .filter(({ score }) => score >= leastScore)
    .sort((a, b) => b.score - a.score || a.file.localeCompare(b.file) || a.line - b.line)
    .slice(0, mostPlaces);
}

/** Where a route is handled, the best fit alone. */
export function routePlaces(route: string, sources: readonly SourceFacts[]): readonly LikelyPlace[] {
  return handlersOf(route, sources).map(({ place }) => place);
}

interface Handler {
  readonly place: LikelyPlace;
  readonly fit: number;
  /** Where its code is: in place, or the function it names, wherever that is. */
  readonly bodies: readonly { readonly file: string; readonly from: number; readonly to: number }[];
}

function handlersOf(route: string, sources: readonly SourceFacts[]): readonly Handler[] {
  const fitting = sources.flatMap((source) =>
    source.routes.flatMap((each) => {
      const fit = fitOf(each, route);
      return fit > 0 ? [{ source, each, fit }] : [];
    }),
  );
  const best = Math.max(0, ...fitting.map(({ fit }) => fit));
  return fitting
    .filter(({ fit }) => fit === best)
    .map(({ source, each, fit }) => ({
      fit,
      place: { file: source.file, line: each.line, score: 2 + fit / 4, why: `it handles ${route}` },
      bodies: [
        { file: source.file, from: each.line, to: each.endLine },
        ...(each.handler === null ? [] : functionsNamed(each.handler, sources)),
      ],
    }));
}

function functionsNamed(name: string, sources: readonly SourceFacts[]): Handler['bodies'] {
  const bodyOf = (file: string, { line, endLine }: FunctionPlace) => ({ file, from: line, to: endLine });
  return sources.flatMap(({ file, functions }) =>
    functions.filter((each) => each.name === name).map((each) => bodyOf(file, each)),
  );
}

/** What stands for the tables in code, in lower case. */
function modelNames({ tables }: StatementWords, sources: readonly SourceFacts[]): ReadonlySet<string> {
  const models = sources.flatMap((source) => source.models);
  const named = models.filter((model) => tables.some((table) => mayStandFor(model, table)));
  return new Set(named.map(({ name }) => name.toLowerCase()));
}

function usePlaces(
  source: SourceFacts,
  words: StatementWords,
  models: ReadonlySet<string>,
  handlers: readonly Handler[],
): readonly LikelyPlace[] {
  return source.uses.flatMap((use) => {
    const tables = use.names.filter((name) => words.tables.includes(name.toLowerCase()));
    const known = use.names.filter((name) => models.has(name.toLowerCase()));
    if (tables.length + known.length === 0) return [];
    const columns = words.columns.filter((name) => use.columns.includes(name)).length;
    const share = words.columns.length === 0 ? 1 : columns / words.columns.length;
    const isVerb = use.verb === 'other' || words.verb === 'other' || use.verb === words.verb;
    const handled = handlers.find(({ bodies }) =>
      bodies.some(({ file, from, to }) => file === source.file && from <= use.line && use.line <= to),
    );
    const isBeside = handlers.some(({ place }) => place.file === source.file);
    const score =
      (use.isSql ? 3 + 4 * share + tables.length / 4 : 3) +
      (isVerb ? 1 : -2) +
      (handled ? 4 : isBeside ? 0.5 : 0);
    const around = functionAround(source.functions, use.line);
    const what = [
      tables.length > 0 ? `it names the table ${tables.join(', ')}` : `it uses the model ${known.join(', ')}`,
      ...(use.isSql && columns > 0 ? [`and ${columns} of ${words.columns.length} columns`] : []),
      ...(handled ? [`in what handles ${handled.place.why.slice('it handles '.length)}`] : []),
      ...(around && !handled ? [`in ${around.name}`] : []),
    ];
    return [{ file: source.file, line: use.line, score, why: what.join(' ') }];
  });
}

function modelPlaces({ file, models }: SourceFacts, { tables }: StatementWords): readonly LikelyPlace[] {
  return models.flatMap((model) => {
    const table = tables.find((each) => mayStandFor(model, each));
    return table === undefined
      ? []
      : [{ file, line: model.line, score: leastScore, why: `it declares the model of the table ${table}` }];
  });
}
