import { findSourceMap } from 'node:module';
import { relative, isAbsolute, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { siteTags } from './tags.ts';

export interface CallSites {
  /**
   * The tags of the nearest line of the user's code that called a function on the stack, awaiting callers included;
   * null when there is none.
   */
  above(call: Caller): string | null;
}

type Caller = (...args: never[]) => unknown;

/** Frames looked at first, and again when none of them is the user's: an ORM's own may be many. */
const depths = [3, 16, 60] as const;
/** Places and files remembered: a program has thousands of lines that send SQL, one that makes functions has no end. */
const mostRemembered = 10_000;

/** Finds who called. The stack is taken as V8 keeps it and never written out; what a place is called is found once. */
export function callSites({
  root,
  isOn,
  own = import.meta.url,
}: {
  readonly root: string;
  readonly isOn: boolean;
  readonly own?: string;
}): CallSites {
  const ownFile = pathOf(own);
  const places = new Map<string, string>();
  const owned = new Map<string, boolean>();
  const isUsers = (file: string): boolean => {
    const known = owned.get(file);
    if (known !== undefined) return known;
    const found = isUserFile(file) && pathOf(file) !== ownFile;
    if (owned.size < mostRemembered) owned.set(file, found);
    return found;
  };
  const tagsOf = (frame: NodeJS.CallSite, file: string): string => {
    const [line, column] = [frame.getLineNumber() ?? 0, frame.getColumnNumber() ?? 0];
    const key = `${line}:${column}:${file}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    const at = original(pathOf(file), line, column);
    const name = frame.getFunctionName() ?? '';
    const tags = siteTags({ file: fromRoot(root, at.file), line: at.line, function: name });
    if (places.size < mostRemembered) places.set(key, tags);
    return tags;
  };
  const within = (depth: number, call: Caller): string | null => {
    for (const frame of framesAbove(call, depth)) {
      const file = frame.getFileName();
      if (typeof file === 'string' && isUsers(file)) return tagsOf(frame, file);
    }
    return null;
  };
  return {
    above(call) {
      if (!isOn) return null;
      for (const depth of depths) {
        const found = within(depth, call);
        if (found !== null) return found;
      }
      return null;
    },
  };
}

/** Code of the user: not Node's own, not a package's, not made from a string. */
function isUserFile(file: string): boolean {
  const isFile = file.startsWith('file://') || isAbsolute(file);
  return isFile && !/[\\/](?:node_modules|\.yarn|\.pnpm)[\\/]/.test(file);
}

/** Both settings are put back at once: no other code runs in between. */
function framesAbove(call: Caller, depth: number): readonly NodeJS.CallSite[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  try {
    Error.prepareStackTrace = (_, frames) => frames;
    Error.stackTraceLimit = depth;
    Error.captureStackTrace(holder, call);
    const frames = holder.stack;
    // Safe: the function above gave it. Where something else has taken over stack traces it is no list.
    return Array.isArray(frames) ? (frames as NodeJS.CallSite[]) : [];
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    // Undefined is what it is when nobody has set it; the types do not say so.
    Error.prepareStackTrace = prepareStackTrace;
  }
}

/** With source maps on (`--enable-source-maps`, or tsx) the line that was written, else the one that runs. */
function original(
  file: string,
  line: number,
  column: number,
): { readonly file: string; readonly line: number } {
  try {
    const entry = findSourceMap(file)?.findEntry(line - 1, column - 1);
    if (entry && 'originalSource' in entry && entry.originalSource)
      return { file: sourcePath(entry.originalSource, file), line: entry.originalLine + 1 };
  } catch {
    // A map that cannot be read: the line that runs is told.
  }
  return { file, line };
}

/** Sources are URLs, absolute paths, or relative to the file that was made from them. */
function sourcePath(source: string, file: string): string {
  if (isAbsolute(source)) return source;
  const url = new URL(source, pathToFileURL(file));
  return url.protocol === 'file:' ? fileURLToPath(url) : file;
}

function pathOf(file: string): string {
  return file.startsWith('file://') ? fileURLToPath(file.replace(/[?#].*$/, '')) : file;
}

function fromRoot(root: string, file: string): string {
  const path = relative(root, file);
  return path.startsWith('..') || isAbsolute(path) ? file : path.split(sep).join('/');
}
