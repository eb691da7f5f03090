/**
 * Where the tags that instrumentation appended begin (sqlcommenter: a last comment of `key='value'` pairs); -1
 * without them. Looks at the end alone, so quotes that do not pair up before it do not matter.
 */
export function appendedTagsAt(text: string): number {
  const at = text.lastIndexOf('/*');
  return at >= 0 && appendedTags.test(text.slice(at)) ? at : -1;
}

const appendedTags = /^\/\*\s*[\w.%-]+\s*=\s*'(?:[^*]|\*(?!\/))*'\s*\*\/[\s;]*$/;

/** A statement as a person wants to read it: without comments, which carry trace ids and tags, in one line's spacing. */
export function readableSql(text: string): string {
  const at = appendedTagsAt(text);
  const own = at < 0 ? text : text.slice(0, at);
  const hasComment = own.includes('/*') || own.includes('--');
  return (hasComment ? own.replace(quotedOrComment, (_, quoted?: string) => quoted ?? ' ') : own).trim();
}

/** What is quoted stays as it is: it may look like a comment. PostgreSQL manual §4.1.2 and §4.1.5; comments seldom nest. */
const quotedOrComment =
  /('(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\2\$)|[ \t]*(?:\/\*[\s\S]*?\*\/|--[^\n]*)[ \t]*/g;
