import { isDenseCode, isDenseData } from './dense-code.ts';

/** What a text is as a whole: it decides whether a piece of code in it is content. */
export type Frame = 'plain' | 'code' | 'document';

/** As much of a text as is looked at to tell what it is. */
const longestLook = 8192;

/** Signs of a program, each on its own not enough; a fence, a shebang or a doctype counts double. */
const codeSigns: readonly (readonly [weight: number, pattern: RegExp])[] = [
  [2, /```|~~~/],
  [2, /^#!\/|^[ \t]*<\?php\b|^[ \t]*#include\s*[<"]|<!doctype html|<html[\s>][^<]{0,200}<head/im],
  [2, /^[ \t]*(?:def|class)\s+\w+[^\n]{0,200}:[ \t]*(?:#.*)?$/m],
  [2, /\b(?:async\s+)?function\s*\w*\s*\([^)]{0,200}\)\s*\{[^\n]*\n/],
  [2, /\b(?:public|private|protected|static)\s+(?:static\s+)?[\w<>[\]]{1,40}\s+\w{1,40}\s*[({;=]/],
  [1, /^[ \t]*(?:import|from|using|package|require|include|use)\s+[\w.{*"'<@]/m],
  [1, /^[ \t]*(?:const|let|var|int|char|float|double|bool|string|auto|my|local)\s+[\w{[*][^\n=]{0,60}=/m],
  [1, /=>\s*[{(\w]|->\s*\w/],
  [1, /^[ \t]*(?:if|for|while|foreach|switch|else if|elseif)\s*\(.*\)\s*\{?[ \t]*$/m],
  [1, /^[ \t]*(?:if|for|while|elif|else|with|try|except|finally)\b[^\n]{0,200}:[ \t]*$/m],
  [1, /^[ \t]*(?:return|print|echo|console\.log|printf|cout|raise|throw)\b/m],
  [1, /;[ \t]*\n(?:[^;]{0,200};[ \t]*(?:\n|$))/],
  [1, /^[ \t]*[}\])]+[;,]?[ \t]*$/m],
  [2, /^[ \t]*(?:then|fi|do|done|esac)[ \t]*$|;[ \t]*(?:do|then)[ \t]*\n/m],
  [1, /^[ \t]*\w+[ \t]*=[ \t]*[^=\n]+$/m],
  [1, /^[ \t]*(?:\/\/|#|\/\*|\*|--)\s?\w/m],
  [1, /\{[ \t]*\n[^}]{0,300}\n[ \t]*\}/],
  [
    2,
    /^[ \t]*(?:create|alter|comment\s+on|grant|revoke|drop)\s+(?:or\s+replace\s+)?(?:function|table|view|index|extension|type|operator|schema|all|execute|select)\b[^\n]*\n/im,
  ],
  [2, /(?:&&|\|\||[^\\]\\)[ \t]*\n/],
  [2, /^[ \t]*\[\[? .{1,200} \]\]?[ \t]*(?:&&|\|\||;|$)/m],
  [1, /^[ \t]*(?:export |local |readonly )?[A-Z_]{2,}=["'$(/\w]/m],
  [
    1,
    /;[ \t]*\n[ \t]*(?:create|alter|drop|select|insert|update|delete|comment|grant|revoke|set|begin|commit)\b/i,
  ],
  [2, /^\s*(?:File "[^"\n]{1,200}", line \d|at [\w.$<>]{1,80}\s?\([^)\n]{1,200}:\d+)/m],
  // PowerShell, and whatever else begins a line with a variable.
  [1, /^[ \t]*\$\w{1,40}[ \t]*=[^=]/m],
  [1, /^[ \t]*[A-Z][a-z]{1,20}-[A-Z]\w{1,40} [-"'$]/m],
  [2, /\bawait\s+\w|\bmodule\.exports\b|\bself\.\w|\bstd::|\bSystem\.out\.|\bpublic\s+class\b/],
];

/** Tells programs and structured documents from plain values. Looks at the first 8 KiB. */
export function frameOf(text: string): Frame {
  if (text.startsWith('```')) return 'code';
  if (text.length < 24) return 'plain';
  const look = text.slice(0, longestLook);
  let weight = 0;
  for (const [each, pattern] of codeSigns) {
    if (pattern.test(look)) weight += each;
    if (weight >= 3) return 'code';
  }
  if ((weight === 2 && look.includes('\n')) || isDenseCode(look)) return 'code';
  return isDocument(look) || isDenseData(look) ? 'document' : 'plain';
}

/** Markdown, JSON or a long prompt with headings, lists or tables. */
function isDocument(look: string): boolean {
  if (/^\s*[{[]\s*["{[]/.test(look) && look.length > 200) return true;
  const marks =
    look.match(
      /(?:^|\n|---|\.)[ \t]{0,8}(?:#{1,6}\s?\w|[-*]\s+[*"`\w]|\d+\.\s+\w|\|[^|\n]+\|)|\*\*[^*\n]{2,60}\*\*/g,
    )?.length ?? 0;
  return marks >= 3 && look.length > 120;
}
