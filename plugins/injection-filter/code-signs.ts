/** What is looked for, in a text that holds all of `needs`: these cost a tenth of what the pattern does. */
interface Sought {
  readonly needs?: readonly string[];
  readonly pattern: RegExp;
}

/** What a line holds behind its leading blanks, where its first character is one of `begins`. */
export interface LineSought extends Sought {
  readonly begins: string;
}

/** A sign of a program, not enough on its own; a fence, a shebang or a doctype counts double. */
interface Sign {
  readonly weight: 1 | 2;
  readonly line?: LineSought;
  readonly anywhere?: Sought;
}

const small = 'abcdefghijklmnopqrstuvwxyz';
const capital = small.toUpperCase();
/** Stands for every character outside ASCII. */
const beyondAscii = '\u0080';

/** What programs show, by their lines or anywhere; `isDenseCode` knows those without lines. */
export const codeSigns: readonly Sign[] = [
  { weight: 2, anywhere: { pattern: /```|~~~/ } },
  {
    weight: 2,
    line: { begins: '#', pattern: /(?<![ \t])#!\/|#include\s*[<"]/i },
    anywhere: {
      needs: ['<'],
      pattern: /<!doctype html|<html[\s>][^<]{0,200}<head|<\?php\b(?<=^[ \t]*<\?php)/im,
    },
  },
  { weight: 2, line: { begins: 'dc', pattern: /(?:def|class)\s+\w+[^\n]{0,200}:[ \t]*(?:#.*)?$/ } },
  {
    weight: 2,
    anywhere: {
      needs: ['\n', '{', 'function'],
      pattern: /\b(?:async\s+)?function\s*\w*\s*\([^)]{0,200}\)\s*\{[^\n]*\n/,
    },
  },
  {
    weight: 2,
    anywhere: {
      pattern: /\b(?:public|private|protected|static)\s+(?:static\s+)?[\w<>[\]]{1,40}\s+\w{1,40}\s*[({;=]/,
    },
  },
  {
    weight: 1,
    line: {
      begins: 'ifupr',
      pattern: /(?:import|from|using|package|require|include|use)\s+[\w.{*"'<@]/,
    },
  },
  {
    weight: 1,
    line: {
      begins: 'clvifdbsam',
      needs: ['='],
      pattern: /(?:const|let|var|int|char|float|double|bool|string|auto|my|local)\s+[\w{[*][^\n=]{0,60}=/,
    },
  },
  { weight: 1, anywhere: { needs: ['>'], pattern: /=>\s*[{(\w]|->\s*\w/ } },
  {
    weight: 1,
    line: {
      begins: 'ifwse',
      needs: ['('],
      pattern: /(?:if|for|while|foreach|switch|else if|elseif)\s*\(.*\)\s*\{?[ \t]*$/,
    },
  },
  {
    weight: 1,
    line: {
      begins: 'ifwet',
      needs: [':'],
      pattern: /(?:if|for|while|elif|else|with|try|except|finally)\b[^\n]{0,200}:[ \t]*$/,
    },
  },
  {
    weight: 1,
    line: {
      begins: 'rpect',
      pattern: /(?:return|print|echo|console\.log|printf|cout|raise|throw)\b/,
    },
  },
  { weight: 1, anywhere: { needs: ['\n', ';'], pattern: /;[ \t]*\n(?:[^;]{0,200};[ \t]*(?:\n|$))/ } },
  { weight: 1, line: { begins: '}])', pattern: /[}\])]+[;,]?[ \t]*$/ } },
  {
    weight: 2,
    line: { begins: 'tfde', pattern: /(?:then|fi|do|done|esac)[ \t]*$/ },
    anywhere: { needs: ['\n', ';'], pattern: /;[ \t]*(?:do|then)[ \t]*\n/ },
  },
  {
    weight: 1,
    line: {
      begins: `${small}${capital}0123456789_`,
      needs: ['='],
      pattern: /\w+[ \t]*=[ \t]*[^=\n]+$/,
    },
  },
  { weight: 1, line: { begins: '/#*-', pattern: /(?:\/\/|#|\/\*|\*|--)\s?\w/ } },
  { weight: 1, anywhere: { needs: ['\n', '{', '}'], pattern: /\{[ \t]*\n[^}]{0,300}\n[ \t]*\}/ } },
  {
    weight: 2,
    line: {
      begins: 'cagrdCAGRD',
      needs: ['\n'],
      pattern:
        /(?:create|alter|comment\s+on|grant|revoke|drop)\s+(?:or\s+replace\s+)?(?:function|table|view|index|extension|type|operator|schema|all|execute|select)\b[^\n]*\n/i,
    },
  },
  { weight: 2, anywhere: { needs: ['\n'], pattern: /(?:&&|\|\||[^\\]\\)[ \t]*\n/ } },
  { weight: 2, line: { begins: '[', pattern: /\[\[? .{1,200} \]\]?[ \t]*(?:&&|\|\||;|$)/ } },
  {
    weight: 1,
    line: {
      begins: `${capital}_elr`,
      needs: ['='],
      pattern: /(?:export |local |readonly )?[A-Z_]{2,}=["'$(/\w]/,
    },
  },
  {
    weight: 1,
    anywhere: {
      needs: ['\n', ';'],
      pattern:
        /;[ \t]*\n[ \t]*(?:create|alter|drop|select|insert|update|delete|comment|grant|revoke|set|begin|commit)\b/i,
    },
  },
  {
    weight: 2,
    line: {
      begins: `Fa\v\f${beyondAscii}`,
      pattern:
        /(?![ \t])[^\S\n\r\u2028\u2029]*(?:File "[^"\n]{1,200}", line \d|at [\w.$<>]{1,80}\s?\([^)\n]{1,200}:\d+)/,
    },
  },
  // PowerShell, and whatever else begins a line with a variable.
  { weight: 1, line: { begins: '$', pattern: /\$\w{1,40}[ \t]*=[^=]/ } },
  {
    weight: 1,
    line: { begins: capital, needs: ['-'], pattern: /[A-Z][a-z]{1,20}-[A-Z]\w{1,40} [-"'$]/ },
  },
  {
    weight: 2,
    anywhere: {
      pattern: /\b(?:await\s+\w|module\.exports\b|self\.\w|std::|System\.out\.|public\s+class\b)/,
    },
  },
];
