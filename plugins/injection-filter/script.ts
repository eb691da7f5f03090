/** JavaScript put where the page has a string or a URL: what closes it, and calls that an attack ends in. */

/** A gap that script allows anywhere: blanks and a comment. */
const gap = String.raw`\s{0,8}(?:\/\*[^*]{0,40}\*\/\s{0,8}){0,2}`;

/** Calls and properties that payloads end in and that a sentence may name as well; the argument decides nothing. */
const spoken: readonly string[] = [
  String.raw`(?<![\w\x60])(?:alert|prompt|confirm|eval|execScript|setTimeout|setInterval|importScripts|new\s+Function|msgbox)(?:\x60(?=[^\s\x60.,)])|${gap}(?:\((?![A-Za-z][A-Za-z ]+\)[\s,.:?!]|[A-Za-z]+ [A-Za-z ]+\)$)|\\u0028|\\x28|&lpar;|\.(?:call|apply|bind)\b|\?\.))`,
  String.raw`\bdocument\s*(?:\.|\[)\s*['"/*\w]*(?:cookie|write|writeln|domain|location|body|createElement|querySelector)`,
  String.raw`\b(?:onerror|window\.name|innerHTML|outerHTML)\s*=(?!=)`,
  String.raw`\bjavascript\s*:(?!\s+[A-Za-z]+[\s"'])`,
  String.raw`\batob\s*\(|\bfetch\s*\(\s*['"\x60]\/\/`,
];

/** The same, as no sentence has them: a name for a call, a call by way of another, the arguments that prove an attack. */
const unspoken: readonly string[] = [
  String.raw`\b(?:window|self|top|parent|globalThis|this|frames)${gap}\[${gap}(?!\d)`,
  String.raw`\b(?:window\.)?location(?:\.(?:href|hash|search))?\s{0,4}=(?!=)\s{0,4}(?:['"\x60][^'"\x60\n]{0,24}(?:\/\/|:|\\)|\x60|name\b|location\b|document\b|window\b|atob\b|self\b|top\b|\/)`,
  String.raw`\bString\.fromCharCode\b`,
  String.raw`\b(?:constructor|__proto__)\s*(?:\.|\[)\s*['"]?constructor`,
  String.raw`\bReflect\.apply\s*\(|\bsendBeacon\s*\(|\bimport\s*\(\s*['"\x60](?:https?:)?\/\/`,
  String.raw`\b(?:alert|prompt|confirm)${gap}(?:\(\s{0,4}(?:\d|['"\x60/\xa2]\s{0,4}(?:xss|x\b|\d|test|pwn|hack|h[ae]llo)|document|location|window|self|origin|String|this\b))|(?<![\w\x60])(?:alert|prompt|confirm)\x60(?=[^\s\x60.,)])`,
  String.raw`\b(?:setTimeout|setInterval|Function)${gap}\(${gap}(?:atob|location|name|unescape|document)\b`,
  String.raw`\b(?:eval|alert|prompt|confirm)${gap}\.${gap}(?:call|apply|bind)${gap}\(${gap}(?:this|null|window|self|top|\[)`,
  String.raw`\beval${gap}\(${gap}(?:(?:atob|String|location|name|unescape|eval|document|substring)\b|\/)`,
  String.raw`\bdocument\s{0,4}\.\s{0,4}(?:cookie\b(?!(?<=^document\.cookie)\s+[a-z]{2,}\s+[a-z])|write\s{0,4}\(|(?:body|querySelector|createElement)\b[^\n]{0,60}[.)]\s{0,4}(?:innerHTML|textContent|appendChild)\b)`,
  String.raw`\bjavascript\s{0,4}:\s{0,4}(?:\w{1,20}\s{0,4}[(=\x60]|\\)`,
];

/** The same, that begin with a mark. */
const marked: readonly string[] = [
  String.raw`=\s*(?:alert|prompt|confirm|eval)\s*(?:[),;\]]|$)|=(?:alert|eval|unescape)\b`,
  String.raw`\((?:alert|prompt|confirm|eval)\)\s*\(|\.\w+\((?:alert|prompt|confirm|eval)\)`,
  String.raw`\.\s*(?:\/\*[^*]*\*\/\s*)?call\s*\x60`,
];

const sinks = new RegExp([...spoken, ...unspoken, ...marked].join('|'), 'i');
const provenSinks = new RegExp([...unspoken, ...marked].join('|'), 'i');

/** Words that every sink begins with which begins with no mark, and what must follow each: quick to look for, where the sinks are not. */
const wordsOfSinks: readonly (readonly [words: string, next: string])[] = [
  [
    String.raw`alert|prompt|confirm|eval|execScript|setTimeout|setInterval|importScripts|new\s+Function|Function|msgbox`,
    String.raw`\s{0,8}[(\x60\\&.?/]`,
  ],
  ['document|constructor|__proto__', String.raw`\s*[.[]`],
  ['onerror|innerHTML|outerHTML', String.raw`\s*=`],
  ['javascript', String.raw`\s*:`],
  ['atob|fetch|sendBeacon|import', String.raw`\s*\(`],
  ['self|top|parent|globalThis|this|frames|window', String.raw`\s{0,8}[/[]`],
  ['window|Reflect', String.raw`\.`],
  ['location', String.raw`\.|\s{0,4}=`],
  [String.raw`String\.fromCharCode`, ''],
];

/** The words that stand in every sink that begins with a mark, between what must stand around them. */
const wordsOfMarks: readonly string[] = [
  String.raw`(?:alert|prompt|confirm|eval)(?=\s*(?:[),;\]]|$))`,
  String.raw`(?:alert|eval|unescape)\b(?<==\w+)`,
  String.raw`call(?=\s*\x60)`,
];

const sinkWords = new RegExp(
  String.raw`\b(?:(${wordsOfMarks.join('|')})|${wordsOfSinks.map(([words, next]) => `(?:${words})(?=${next})`).join('|')})`,
  'gi',
);
const wordSinks = new RegExp([...spoken, ...unspoken].join('|'), 'iy');
const markedSinks = new RegExp(marked.join('|'), 'i');
/** From this length on the words are looked for first, unless there are so many that looking for sinks costs less. */
const longText = 1024;
const mostWords = 32;

/** The first sink in a text, wherever it stands. */
function firstSink(text: string): RegExpExecArray | null {
  if (text.length < longText) return sinks.exec(text);
  let mayBeMarked = false;
  sinkWords.lastIndex = 0;
  for (let count = 0; count < mostWords; count += 1) {
    const word = sinkWords.exec(text);
    if (!word) return mayBeMarked ? markedSinks.exec(text) : null;
    if (word[1] !== undefined) mayBeMarked = true;
    wordSinks.lastIndex = word.index;
    const sink = wordSinks.exec(text);
    // Without a word of theirs before, only one that the sink's own dot begins can stand before it: `.setTimeout(alert)`.
    if (sink)
      return mayBeMarked || text[sink.index - 1] === '.' ? earlier(sink, markedSinks.exec(text)) : sink;
    if (/^new/i.test(word[0])) sinkWords.lastIndex = word.index + 'new'.length;
  }
  return sinks.exec(text);
}

function earlier(sink: RegExpExecArray, other: RegExpExecArray | null): RegExpExecArray {
  return other && other.index < sink.index ? other : sink;
}

/** Whether a piece of text calls what script attacks call. */
export function hasSink(text: string): boolean {
  return sinks.test(text);
}

/** Two words of prose side by side, where script has an operator, a comma or a keyword between. */
const prose =
  /(?:^|[\s"'(])(?!(?:var|let|const|new|throw|return|void|function|typeof|if|else|for|while|in|of|this|with|do|async|await|delete|case)\b)[A-Za-z\u00c0-\uffff]{2,}[,.:]?\s+(?!(?:in|of|instanceof)\b)[A-Za-z\u00c0-\uffff]{2,}/;

/** Whether a value calls what script attacks call, and is not a sentence that names such a call. */
export function isScriptCall(text: string): boolean {
  return hasSink(text) && (!prose.test(text) || provenSinks.test(text));
}

/** A string, template or block closed, an operator, a sink: `';alert(1)//`, `"-prompt()-"`, `});alert(1)`, `</script>`. */
const breakout =
  /(?:^|[^\w])(?:['"`]\s*(?:[;,+\-*/%&|^<>=?:)\]}]|\|\||&&|\bin\b|\binstanceof\b)+|[)\]}]+\s*[;,]\s*|[;}]\s*\w{1,3}=)[\s\S]{0,40}?/;

/** The range of a script breakout, or null. */
export function scriptBreakout(text: string): readonly [start: number, end: number] | null {
  return sinkBreakout(text) ?? callBreakout(text) ?? closedScript(text);
}

function sinkBreakout(text: string): readonly [start: number, end: number] | null {
  const sink = firstSink(text);
  if (!sink) return null;
  const before = text.slice(Math.max(0, sink.index - 60), sink.index);
  const closer = /['"`\]})]\s*(?:\)|\]|\})*\s*(?:;|\+|-|\*|\/|,|\||&|\^|<|>|%|=|\?|\bin\b)[^\w]*$/.exec(
    before,
  );
  if (closer) return [Math.max(0, sink.index - before.length + closer.index), sink.index + sink[0].length];
  return breakout.test(before) && before.length < 40
    ? [Math.max(0, sink.index - before.length), sink.index + sink[0].length]
    : null;
}

/** Any call, in a value that closes the page's string before it and opens or comments it out behind: `'-run()-'`, `");run()//`. */
const anyCall =
  /^[\w\\ ]{0,12}(['"`])[)\]}]{0,4}\s{0,2}[;,+*|&^-]{1,2}\s{0,2}(?:new\s+)?[$A-Za-z_][\w$.]{0,60}[(`[][^\n]{0,160}(?:\/\/|[;,+*|&^-]\s{0,2}\1)\s{0,2}$/;

function callBreakout(text: string): readonly [start: number, end: number] | null {
  return text.length <= 260 && anyCall.test(text) ? [0, text.length] : null;
}

/** The end of the page's script behind a statement that the value did not begin in one: `…;</script>`. */
function closedScript(text: string): readonly [start: number, end: number] | null {
  if (text.length > 300) return null;
  const at = text.search(/[;)}'"]\s{0,4}<\/script\b/i);
  return at < 0 || /<script\b/i.test(text) ? null : [at, Math.min(text.length, at + 16)];
}

/** Templates that climb out: to the Function constructor in AngularJS and its like, to modules in Jinja, to functions in Twig. */
const templateEscape =
  /\bconstructor\b|\$eval|\$on\b|__proto__|\bprototype\b|\$new\b|toString\(\)\.|\balert\s*\(|['"`]\s*\.\s*sub\.call|__(?:class|mro|base|bases|subclasses|globals|builtins|init)__|\bregisterUndefined(?:Filter|Function)Callback\b|\|\s{0,4}(?:filter|map|sort|reduce)\s{0,4}\(\s{0,4}['"](?:system|exec|passthru|shell_exec)\b/g;
/** How far behind its braces an expression may climb. */
const longestTemplate = 402;

export function templateAttack(text: string): readonly [start: number, end: number] | null {
  if (!text.includes('{{')) return null;
  for (const found of text.matchAll(templateEscape)) {
    const from = Math.max(0, found.index - longestTemplate);
    const braces = text.slice(from, found.index).lastIndexOf('{{');
    if (braces >= 0) return [from + braces, found.index + found[0].length];
  }
  return null;
}
