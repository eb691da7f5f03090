import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { findXss } from './xss.ts';

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
