import type { Command } from './shell-command.ts';
import { isListed, type Place } from './shell-place.ts';
import { commandWord, isInterpreter, isScouting, standsAlone } from './shell-words.ts';

/** Whether what stands after a separator is a command that somebody means to run: by its word, its arguments, or what ends it. */
export function isMeant(text: string, place: Place, command: Command): boolean {
  if (command.isDisguised || command.kind === 'path') return true;
  if (place.separator === '`' && /^\s*["']?`[^`]*`["']?\s*$/.test(text.slice(0, 64)) && text.length <= 24)
    return true;
  if (isWordBreak(text, place, command) || isOtherWord(command)) return false;
  return hasArguments(text, place, command) || isPipedInto(place, command) || isAlone(text, place, command);
}

/** `{{ x | sort(…) }}`, `& id = 5`, `| date: …`: a name of something else. */
function isOtherWord({ rest }: Command): boolean {
  return /^\s*(?:=(?!=)|\()/.test(rest);
}

/** A line break between two everyday words: `the` and, on the next line, `cat`. */
function isWordBreak(text: string, place: Place, command: Command): boolean {
  if (!/[\n\r]/.test(place.separator) || text.slice(0, place.at).trim() === '') return false;
  return (
    command.kind === 'ordinary' &&
    !/^(?:id|ls|env|pwd|dir|set)$/.test(command.word) &&
    !hasSureArguments(command)
  );
}

/** Arguments only a shell is given: a flag, a path, a variable, a redirection. */
const anyArguments: readonly RegExp[] = [
  /^\s*\)?(?:\$IFS|\$\{IFS|<<<|<\s?(?:[/$(&]|[\w-]*[./][a-z])|\d?>{1,2}\s?(?:[&/$]|[\w-]*[./][a-z]))/,
  /^\s+(?:--?[a-z\d?]|\/[\w?*]|[a-z]:[\\/]|\\\\\w|\.{1,2}(?:\/|\s|$)|~\/|\$[\w{(]|`|%\w+%|\d+\.\d+\.|\*|\$?\(|[ugoa]{0,3}[+-][rwxst]{1,3}\s)/i,
  /^\s[^;|&\n]{0,40}(?:\s\/(?:etc|tmp|var|bin|usr|proc|home|root|dev)\b|>\s*(?:\/|[\w-]*\.[a-z]))/,
];

/** A command's arguments up to its end: words, numbers, addresses. */
const argumentList = /^(?:[ \t]+[\w./:@=,%+-]+){1,6}[ \t]*(?=$|[;|&`)"'#\n\r\\])/;

/** What an everyday word is given when it is a command. */
const wordArguments: readonly (readonly [word: RegExp, argument: RegExp])[] = [
  [
    /^(?:cat|type|dir|net|ping|cd|tree)$/i,
    /^\s+(?:\w+[.\\/:]|[.\\/])[\w.\\/-]*\s*(?:$|[;|&`)\n])|^[^\n]{0,40}\b(?:passwd|etc|localgroup|user|view|win\.ini|boot\.ini)\b/i,
  ],
  [
    /^echo$/i,
    /^\s+[\w.\\/-]+\s*(?:$|[;|&`)\n>])|^\s[^\n]{0,40}(?:\$|`|\\x)|^\s+["'][\w .-]*["']\s*(?:$|[;|&`)>])|^\s+%\w|^[.:]/,
  ],
  [
    /^(?:sleep|timeout|ping)$/i,
    /^\s+(?:\/t\s+)?[\d.]+[smhd]?\s*(?:$|[;|&`)"'#\\\n])|^\s+(?:localhost|[\w-]+\.[\w.-]+)/i,
  ],
  [
    /^(?:ping|host|dig|telnet|ip|route)$/i,
    /^\s+(?:[\w-]+\.)+\w+|^\s+(?:a|addr|link|route|print)\s*(?:$|[;|&`)"'#\n])/i,
  ],
  [/^reg$/i, /^\s+(?:add|query|delete|export|save)\b/i],
  [/^sc$/i, /^\s+(?:query|stop|start|config|create|delete)\b/i],
  [/^(?:find|ls|du|cd|rm|tree|tar|chmod|chown)$/, /^\s+(?:-\w+\s+)*\/(?:\s|$|[;|&`)"'#])/],
  [/^dd$/, /^\s+[io]f=/],
  [/^if$/i, /^\s+(?:(?:not\s+)?(?:exist|defined)\b|\/i\b|\[|\S+==\S+\s)/i],
  [/^while$/, /^\s+(?:read|true|:|\[)/],
  [/^for$/i, /^\s+(?:\w+\s+in\s+[$/*\d{]|%)/i],
];

/** The same where no line break precedes: a verse may go on so. */
const phraseArguments: readonly (readonly [word: RegExp, argument: RegExp])[] = [
  [/^(?:cat|type|dir|net|ping|cd|tree)$/i, /^\s+\w[\w-]*\s*(?:$|[;|&`)])/],
  [/^(?:start|where|locate|which|whereis|kill|bridge|call)$/i, /^\s+[\w.%-]+\s*(?:$|[;|&`)"'#\n])/i],
  [
    /^(?:sh|ex|ed|trap|source|exec|eval|test|date|set|export|alias|at|fold|comm)$/,
    /^\s+(?:"|'|-\w|[\w.]+=|\d+:\d+\s+"|\w+\s*$)/,
  ],
];

function hasArguments(text: string, place: Place, command: Command): boolean {
  const { word, kind, rest } = command;
  if (rest === '' || /^[;|&#\n]/.test(rest)) return false;
  if (hasSureArguments(command) || isGiven(phraseArguments, command))
    return kind === 'technical' || isShellLike(command) || !isEnglishList(text, place, rest);
  if (place.separator.startsWith('$(') && /^(?:\s+\S|\))/.test(rest)) return true;
  const isFollowed = /^\s+[\w-]/.test(rest) && !isSentence(rest, 0);
  if (isFollowed && isTyped(place) && (kind === 'technical' || verbs.test(word))) return true;
  if (kind !== 'technical') return false;
  if (/^\s+["'\d]/.test(rest) && place.left !== 'loose') return true;
  if (/^\s+(?:["']|\d+(?:\s|$)|https?:|[\w-]+(?:\.[\w-]+)+|\w+[@:=/]\w)/.test(rest)) return true;
  return argumentList.test(rest) && !isSentence(rest) && (place.left !== 'loose' || !isListed(text, place));
}

/** Everyday words that are hardly anything but commands behind a separator that no writer sets like this. */
const verbs = /^(?:cat|echo|ping|sleep|touch|kill|head|tail|ip|route|type|net|locate|timeout)$/;

/** `x;cat a`, ` ;cat a`, ` && cat a`: in a sentence a blank stands behind a semicolon and none before. */
function isTyped({ separator, left, isSpaced }: Place): boolean {
  return isSpaced || left === 'odd' || (left === 'tight' && /^(?:;|&&|\|\|)$/.test(separator));
}

function hasSureArguments(command: Command): boolean {
  return isShellLike(command) || isGiven(wordArguments, command);
}

function isShellLike(command: Command): boolean {
  return anyArguments.some((each) => each.test(command.rest)) && !isSplitFlag(command);
}

function isGiven(table: typeof wordArguments, { word, rest }: Command): boolean {
  return table.some(([name, argument]) => name.test(word) && argument.test(rest));
}

/** `| sort -count`: a long word behind one hyphen is a flag of few everyday commands. */
function isSplitFlag({ word, kind, rest }: Command): boolean {
  return (
    (kind === 'ordinary' && /^\s+-[a-z]{4,}\b/i.test(rest) && !/^(?:find|test|date)$/.test(word)) ||
    /^\s+--?\s|^\s+--$/.test(rest)
  );
}

/** `type A & type B`, `find 3 errors; fix 2`. */
function isEnglishList(text: string, place: Place, rest: string): boolean {
  if (place.left !== 'loose') return false;
  return isSentence(rest, place.isSpaced ? 0 : 1) || isListed(text, place);
}

/** Words that join a sentence and are no arguments. */
const joiners =
  /^(?:are|is|was|were|and|or|for|the|an?(?=\s+\w{3})|in|of|to|with|vs|your|my|our|their|his|her|its|it|you|they|we|i|not|as|by|but|from|than|that|this|these|on|can|will|should|before|after|instead)\b/i;

/** Whether a sentence goes on, at once or after a few words. */
function isSentence(rest: string, words = 1): boolean {
  const following = rest.trimStart().split(/\s+/, words + 1);
  return following.some((each) => joiners.test(each));
}

/** `| sh`, `|python`: an interpreter that reads what the pipe brings. */
function isPipedInto({ separator, left }: Place, { word, rest }: Command): boolean {
  return separator === '|' && isInterpreter(word) && left !== 'loose' && /^\s*(?:$|[;|&#"'`)])/.test(rest);
}

/** What ends a command without arguments. */
const ending = /^\s{0,3}["'}\])]*\s{0,3}(?:$|[;|&`#\n\r]|\$[({]?\w|\\["'nr])/;

/** A command alone: `; id`, `'|ls|'`. */
function isAlone(text: string, place: Place, { word, rest }: Command): boolean {
  const { separator, left, at } = place;
  const isSubstituted = separator.startsWith('$(') || separator === '<(' || separator === '`';
  if (isScouting(word)) return !isListed(text, place);
  const alone = standsAlone(word);
  if (alone === 'no') return isSubstituted && commandWord(word) === 'technical' && /^\s*[)`]/.test(rest);
  if (alone === 'clear' && /^(?:\s|$)/.test(rest) && isUnlikelyProse(place, word)) return true;
  if (!ending.test(rest) || (isListed(text, place) && left !== 'open')) return false;
  if (separator === '`' && left === 'loose' && alone === 'english') return false;
  if (isSubstituted || left === 'open') return true;
  const isDoubled = separator.length > 1;
  const follows = text.slice(Math.max(0, at - 24), at);
  if (alone === 'clear')
    return (
      left !== 'loose' ||
      isDoubled ||
      !fieldLike.test(word) ||
      /[^a-z]\s*$|^\s*$/i.test(follows) ||
      separator === ';'
    );
  return (
    (left === 'tight' || left === 'odd') &&
    text.length <= 60 &&
    (isDoubled || !/(?:^|[\s|;&:,(])[A-Za-z_]+$/.test(follows))
  );
}

/** Words of fields and sentences among the clear ones. */
const fieldLike = /^(?:id|env|w|dir|ver|ss|vol|stat|uptime|hostname)$/;

/** A separator that no writer sets like this, or a word that no sentence has. */
function isUnlikelyProse({ left, separator, isSpaced }: Place, word: string): boolean {
  if (/[\n\r]/.test(separator)) return false;
  if (left === 'odd') return separator !== '&';
  if (fieldLike.test(word)) return isSpaced || (left === 'tight' && separator !== '|' && separator !== '&');
  return true;
}
