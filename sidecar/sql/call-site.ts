import type { z } from 'zod';
import type { codeLocation } from '../../shared/index.ts';
import type { Tags } from './comments.ts';

export type CallSite = z.output<typeof codeLocation>;

/**
 * The line of code that the tags of a statement name, in the words of those who write them: our probe (`file`, `line`),
 * OpenTelemetry's conventions old and new (`code.filepath`, `code.file.path`), Rails (`source_location`, and Marginalia's
 * `line`, both as `file:line:in …`). Null when they name none.
 */
export function callSiteOf(tags: Tags | null): CallSite | null {
  if (tags === null) return null;
  const told = firstOf(tags, [
    'file',
    'filepath',
    'code.filepath',
    'code.file.path',
    'source_location',
    'line',
  ]);
  if (told === undefined) return null;
  const [, file = told, inFile, method] = withLine.exec(told) ?? [];
  const line = Number(inFile ?? firstOf(tags, ['line', 'lineno', 'code.lineno', 'code.line.number']));
  if (!Number.isInteger(line) || line < 1 || /^\d*$/.test(file)) return null;
  const name = firstOf(tags, ['function', 'func', 'code.function', 'code.function.name']) ?? method;
  return { file, line, ...(name && { function: name }) };
}

/** `app/models/agent.rb:12:in 'Agent.list'` */
const withLine = /^(.+?):(\d+)(?::in [`']?([^`']*)[`']?)?(?::\d+)?$/;

function firstOf(tags: Tags, names: readonly string[]): string | undefined {
  const name = names.find((each) => Object.hasOwn(tags, each));
  return name === undefined ? undefined : tags[name];
}
