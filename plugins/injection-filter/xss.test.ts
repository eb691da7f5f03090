import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Pieces } from './pieces.ts';
import { findXss, xssPieces } from './xss.ts';

/** Active content by the place of a page it is written for. */
const attacks: Readonly<Record<string, readonly string[]>> = {
  'between tags': [
    '<svg><animate onbegin=alert(1) attributeName=x>',
    '<svg><set attributeName=href to=javascript:alert(1)>',
    '<svg><use href="data:image/svg+xml;base64,PHN2Zz4=#x">',
    '<math><mtext><style><!--</style><img title="--><img src=1 onerror=alert(1)>">',
    '<iframe srcdoc="<p>x</p>">',
    '<iframe src',
    '<base href>',
    '</object data>',
    "<style>@import'http://x.example/a.css';</style>",
    '<img src=x onerror\n=\nalert(1)',
    '<x contenteditable onbeforeinput=f()>',
  ],
  'in an attribute': [
    '" onclick=',
    '<x onend=',
    '"onpointerenter="alert(1)',
    "' popover onbeforetoggle=alert(1) '",
  ],
  'in a URL': ['javascript: alert(1)', ' java\tscript:f()', 'javascript:var a=1;f(a)', 'vbscript:msgbox(1)'],
  'in a script': [
    "';load()//",
    '"+run(1)+"',
    "');show();//",
    "'-[1].find(alert)-'",
    'x=eval;x(name)',
    "self /*a*/ [ /*b*/ 'alert'](1)",
    'f(1);</script>',
    'Reflect.apply(alert,null,[1])',
    "location='//x.example'",
  ],
  'in a sentence': [
    'it says alert(1) as the note',
    'it says document.cookie as the note',
    'it says [].sort.call`${alert}1` as the note',
    'it says a=eval;b=alert;a(b(1)) as the note',
  ],
};

describe('active content', () => {
  for (const [where, values] of Object.entries(attacks)) {
    describe(`is found ${where}`, () => {
      for (const value of values)
        it(JSON.stringify(value), () => assert.equal(findXss(value)?.attack, 'xss'));
    });
  }
});

/** One for each way to spell what scripts call, but `javascript:`, which another rule tells first: a long text is searched for it in another way than a short one. */
const sinks: readonly string[] = [
  'alert(1)',
  'new Function(1)',
  'Function(atob(x))',
  'document.cookie',
  'window.name=1',
  'innerHTML=1',
  'atob(1)',
  "fetch('//x')",
  "self['x']",
  "location='//x'",
  'String.fromCharCode',
  'constructor.constructor',
  '__proto__.constructor',
  '=alert',
  '(alert)(1)',
  '.map(alert)',
  '.call`1`',
  'Reflect.apply(1)',
  'sendBeacon(1)',
  "import('//x')",
  'setTimeout(name)',
  'setInterval(name)',
  'importScripts(1)',
  'execScript(1)',
  'msgbox(1)',
  'eval(1)',
  'prompt(1)',
  'confirm(1)',
  'onerror=1',
  'outerHTML=1',
  'top[x]',
  'parent[x]',
  'globalThis[x]',
  'this[x]',
  'frames[x]',
];

describe('the end of a string and a call', () => {
  const prose = 'The agent answers in one sentence. '.repeat(60);
  for (const sink of sinks)
    it(`are found in a long text as in a short one: ${sink}`, () => {
      const rules = [`';${sink}`, `${prose}';${sink}`].map((text) => findXss(text)?.rule);
      assert.deepEqual(rules, ['xss/script-breakout', 'xss/script-breakout']);
    });
});

/** What nothing but a whole look at a tag tells, one for each thing that a tag is ruled out by at a glance. */
const spellings: readonly (readonly [rule: string, tag: string])[] = [
  ['script', '<x:ScRiPt a=b>'],
  ['script', '<scriptx:y z=1>'],
  ['frame', '<iFRAME sRc=x>'],
  ['base', '</BASE href=x>'],
  ['markup', '<lin\u212a rel=import>'],
  ['markup', '<?import:a b=c>'],
  ['markup', '<!ENTITY a "b">'],
  ['markup', '<meta a=utf-7>'],
  ['handler', '<a "\'onabc=f()>'],
  ['handler', '<a x:onabc=f()>'],
  ['handler', '<a on\u212aeydown=f()>'],
  ['script-url', '<a b="\u0001java\\script\u200b :f()">'],
  ['script-url', '<a b="view-source:javascript:f()">'],
  ['script-url', '<a b="feed:javascript:f()">'],
  ['script-url', '<a b="jar:x">'],
  ['script-url', '<a bac\u212aground="x:y;\u2003javascript\u2003:f()">'],
  ['script-url', '<meta content="0;url=data:x">'],
  ['style', '<a style="-moz-binding:none">'],
  ['style', '<a style="width:exp/**/ression(f())">'],
];

describe('a tag', () => {
  const prose = 'The agent answers in one sentence. '.repeat(200);
  for (const [rule, tag] of spellings)
    it(`is looked at whole in a short text as in a long one: ${JSON.stringify(tag)}`, () => {
      const found = [tag, prose + tag].map((text) => findXss(text));
      assert.deepEqual(
        found.map((match) => [match?.rule, match?.start]),
        [
          [`xss/${rule}`, 0],
          [`xss/${rule}`, prose.length],
        ],
      );
    });

  for (const tag of ['<a b="fn core::x">', '<a b="c d; e: f">', '<li>', '<a data-on=f()>', '<a xonabc=f()>'])
    it(`does nothing by looks alone: ${tag}`, () => assert.equal(findXss(tag), null));

  it('holds no more attributes than are read, those of the tag before it least of all', () =>
    assert.equal(findXss('<img src=x alt=y><iframe>'), null));
});

describe('a URL further in', () => {
  for (const url of [
    'j a\nv a script \u2003: f(',
    'vb script:f(',
    'DATA:text/html,',
    'data:Image/svg+xml;a,',
  ])
    it(`is found behind other colons: ${JSON.stringify(url)}`, () =>
      assert.equal(findXss(`a:b data: cart: ${url}`)?.rule, 'xss/script-url'));
});

describe('a long style', () => {
  const filler = 'p { margin: 0 } '.repeat(300);
  const pieces = new Pieces(xssPieces);
  for (const style of [
    'a { b: expression(f()) }',
    'a { -MOZ-binding: url(x) }',
    'a { behaviour: url(x) }',
    'a { b: url\u3000(data:text/html) }',
    "<style> @import 'http://x.example'",
  ])
    it(`is active whether or not its pieces are known: ${style}`, () => {
      const text = filler + style;
      assert.equal(findXss(text)?.rule, 'xss/style');
      assert.deepEqual(findXss(text, undefined, pieces.heldBy(text)), findXss(text));
    });
});

describe('the first call of a long text', () => {
  const prose = 'The agent answers in one sentence. '.repeat(60);
  for (const [text, end] of [
    ["';.setTimeout(alert);eval(1)", "';.setTimeout(alert)"],
    ["';=eval;setTimeout(1)", "';=eval;"],
    ["';[].map(alert);alert(1)", "';[].map(alert)"],
    ["';.call`1`+eval(1)", "';.call`"],
    ["';setTimeout(1);x=alert", "';setTimeout("],
  ] as const)
    it(`is the one that stands first, whether a mark or a word begins it: ${text}`, () => {
      const { start, end: at } = findXss(prose + text) ?? {};
      assert.deepEqual([start, at], [prose.length, prose.length + end.length]);
    });
});

describe('`Function` behind a `new` that is no call by itself', () => {
  const text = '"-new Function(name) . ';
  for (const long of [text, text + 'A sentence of this and that. '.repeat(80)])
    it(`is one in a text of ${long.length} characters`, () =>
      assert.equal(findXss(long)?.rule, 'xss/script-breakout'));
});

const content: Readonly<Record<string, readonly string[]>> = {
  'sentences that name a call': [
    'Use alert() to debug',
    'Call confirm() before deleting',
    'please confirm (yes or no)',
    'prompt("What is your name?") asks the user',
    'the eval (evaluation) set',
    'Use eval(x) with care',
  ],
  titles: [
    'JavaScript: The Good Parts',
    'javascript: the parts',
    'Book: "JavaScript: The Good Parts" by him',
  ],
  'names and settings': [
    'location = Seoul',
    'The location = "Busan"',
    'top[0] and self[1]',
    'data: see below',
  ],
  'styles without scripts': [
    'Regular Expression (RegEx) generator',
    'expression (math)',
    'font-size: 12px; color: red',
    '@import "a.css";',
  ],
  'quotes and sums': ["'a' + 'b'", "'Hello ' + name + '!'", '"a"+b("c")+"d"'],
};

describe('active content look-alikes', () => {
  for (const [what, values] of Object.entries(content)) {
    describe(`${what} are content`, () => {
      for (const value of values)
        it(JSON.stringify(value), () => assert.equal(findXss(value)?.rule, undefined));
    });
  }
});
