import type { Token } from './sql-tokens.ts';
import { Part } from './sql-words.ts';

/** Whether a select list begins at an index, and not a sentence: `select the best answer`. */
export function isSelectItem(tokens: readonly Token[], index: number): boolean {
  const [item, after, later] = [tokens[index], tokens[index + 1], tokens[index + 2]];
  if (!item || item.kind !== 'word') return item?.kind !== 'other' && item?.kind !== 'close';
  if (item.parts & (Part.prefix | Part.value | Part.attackFunction)) return true;
  if (!after) return true;
  if (after.kind === 'close') return item.parts !== 0 || item.word === '' || /[_\d]/.test(item.word);
  if (after.kind === 'word') return selectEnds.has(after.word) || later?.word === 'from';
  return after.kind !== 'other' && after.kind !== 'number';
}

const selectEnds = new Set(['from', 'as', 'into', 'where', 'limit', 'union']);

/** `;(select …`, `;iif(1=1,1,1/0)`: an expression where a statement should be. */
export function isExpressionStatement(tokens: readonly Token[], index: number): boolean {
  const [first, second] = [tokens[index], tokens[index + 1]];
  if (!first || !second) return false;
  if (first.kind === 'open') return second.word === 'select' || (second.parts & Part.attackFunction) !== 0;
  const isCall =
    second.kind === 'open' && (first.word === 'iif' || (first.parts & Part.attackFunction) !== 0);
  return isCall && !isSpokenOf(tokens, index + 1);
}

/** `sleep(1) waits`: what follows the call is a word that SQL does not know. */
function isSpokenOf(tokens: readonly Token[], open: number): boolean {
  const close = tokens.findIndex(({ kind }, at) => at > open && kind === 'close');
  const next = tokens[close + 1];
  return close > 0 && next?.kind === 'word' && next.parts === 0;
}

const objects = new Set(
  'table database schema view index function procedure user role login trigger column sequence type extension temporary temp unique or aggregate cast constraint alias into'.split(
    ' ',
  ),
);

/** Whether a statement begins here, told from a sentence by the word after the verb. */
export function isStatementAt(tokens: readonly Token[], index: number): boolean {
  const verb = tokens[index];
  const next = tokens[index + 1];
  if (verb?.kind !== 'word' || !(verb.parts & Part.statement)) return false;
  const word = next?.kind === 'word' ? next.word : '';
  switch (verb.word) {
    case 'select':
      return (
        next !== undefined &&
        (next.parts !== 0 || next.kind !== 'word' || tokens[index + 2] !== undefined) &&
        isSelectItem(tokens, index + 1)
      );
    case 'insert':
    case 'merge':
      return word === 'into' || word === 'overwrite';
    case 'delete':
      return tokens.slice(index + 1, index + 4).some(({ word: each }) => each === 'from');
    case 'drop':
    case 'create':
    case 'alter':
      return objects.has(word);
    case 'truncate':
      return word === 'table';
    case 'update':
      return tokens.slice(index + 2, index + 6).some(({ word: each }) => each === 'set');
    case 'waitfor':
      return word === 'delay' || word === 'time';
    case 'declare':
      return next?.kind === 'variable' || tokens.slice(index + 2, index + 4).some(({ parts }) => parts !== 0);
    case 'exec':
    case 'execute':
      return next?.kind === 'open' || /^(xp_|sp_|master|immediate)/.test(word) || next?.kind === 'variable';
    case 'set':
    case 'print':
      return next?.kind === 'variable';
    case 'copy':
      return tokens.slice(index + 2, index + 12).some(({ word: each }) => each === 'from' || each === 'to');
    case 'begin':
      if (tokens[index + 2]?.kind === 'dot' || (next?.parts ?? 0) & Part.attackFunction) return true;
      return !next || next.kind === 'comment' || next.kind === 'semicolon' || blockWords.has(next.word);
    case 'shutdown':
    case 'vacuum':
      return (
        !next || next.kind === 'comment' || next.kind === 'semicolon' || (next.parts & Part.statement) !== 0
      );
    case 'call':
      return tokens[index + 2]?.kind === 'open' || tokens[index + 2]?.kind === 'dot';
    case 'if':
    case 'while':
      return isSqlBlock(tokens, index + 1);
    case 'load':
      return word === 'data' || word === 'xml';
    case 'attach':
      return word === 'database' || next?.kind === 'string';
    case 'grant':
    case 'revoke':
      return (
        grantable.has(word) &&
        tokens.slice(index + 2, index + 8).some(({ word: each }) => each === 'to' || each === 'on')
      );
    case 'do':
      return next?.kind === 'string' || (word !== '' && tokens[index + 2]?.kind === 'open');
    case 'backup':
    case 'restore':
      return word === 'database' || word === 'log';
    case 'show':
      return showable.has(word);
    case 'desc':
    case 'describe':
      return (
        word !== '' && (!tokens[index + 2] || /^(?:semicolon|comment)$/.test(tokens[index + 2]?.kind ?? ''))
      );
    case 'replace':
      return word === 'into' || (word !== 'with' && tokens[index + 2]?.kind === 'open');
    case 'bulk':
      return word === 'insert';
    case 'handler':
      return ['open', 'read', 'close'].includes(tokens[index + 2]?.word ?? '');
    case 'rename':
      return word === 'table' || word === 'user';
    case 'pragma':
    case 'kill':
      return next?.kind === 'word' && tokens[index + 2] !== undefined && tokens[index + 2]?.kind !== 'word';
    default:
      return false;
  }
}

const showable = new Set(
  'tables databases columns grants processlist variables schemas status master'.split(' '),
);

const grantable = new Set([
  'all',
  'select',
  'insert',
  'update',
  'delete',
  'execute',
  'usage',
  'connect',
  'resource',
  'dba',
  'create',
]);

const blockWords = new Set([
  'select',
  'drop',
  'waitfor',
  'exec',
  'execute',
  'begin',
  'shutdown',
  'declare',
  'insert',
]);

/** `if (1=1) select 1`, `if is_member('x') > 0 waitfor …`, and not the same words in C or in a sentence. */
function isSqlBlock(tokens: readonly Token[], from: number): boolean {
  const isConstant = tokens[from]?.kind === 'number' && tokens[from + 1]?.kind === 'comparison';
  if (tokens[from]?.kind !== 'open' && tokens[from + 1]?.kind !== 'open' && !isConstant) return false;
  for (const { kind, parts, word } of tokens.slice(from, from + 40)) {
    if (kind === 'other') return false;
    if (parts & Part.attackFunction || blockWords.has(word)) return true;
  }
  return false;
}
