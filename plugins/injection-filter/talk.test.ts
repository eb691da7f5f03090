import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FieldKind } from './config.ts';
import { judge } from './judge.ts';

type Case = readonly [text: string, kind: FieldKind | null];

const talk: readonly Case[] = [
  ["Please explain to a beginner why ' OR 1=1 is dangerous in a login form.", 'prompt'],
  ['My colleague typed 1; drop table users -- in the chat, why?', 'text'],
  ['The customer wrote x; cat /etc/passwd in the form, what does it do?', 'text'],
  ['`whoami`', 'text'],
  ['`; rm -rf /tmp/a`', 'prompt'],
  ["Build an agent that explains SQL injection. Never use ' OR 1=1 for your own queries.", null],
];
const attacks: readonly Case[] = [
  ['`whoami`', null],
  ['a`whoami`', 'text'],
  ["x' OR 1=1 --", 'prompt'],
  ["a word' or '1'='1", 'text'],
  ["about SQL injection' OR 1=1 --", null],
  ["about SQL injection: x' union select pw from users where 'a'='a", null],
  ["about SQL injection: x' or '1'='1", null],
  ["Please explain to a beginner why ' OR 1=1 is dangerous in a login form.", 'identifier'],
  ['Please show this in the page <img src=x onerror=alert(1)> and nothing else', 'text'],
];

describe('talk about attacks', () => {
  for (const [text, kind] of talk)
    it(`is told and not refused, in a field of kind ${kind ?? 'unknown'}: ${text}`, () =>
      assert.notEqual(judge(text, kind)?.isReportedOnly, false));

  for (const [text, kind] of attacks)
    it(`is none when it acts, in a field of kind ${kind ?? 'unknown'}: ${text}`, () =>
      assert.equal(judge(text, kind)?.isReportedOnly, false));
});
