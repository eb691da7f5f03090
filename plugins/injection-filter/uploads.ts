/* oxlint-disable no-control-regex -- signatures of binary formats hold them */
import type { Part } from './multipart.ts';

/** Why an uploaded file is not what it claims to be. */
export interface UploadProblem {
  readonly rule: 'upload/size' | 'upload/type' | 'upload/name';
  readonly reason: string;
}

/** First bytes of common formats, as Latin-1 text. */
const signatures: readonly (readonly [type: string, bytes: RegExp])[] = [
  ['image/png', /^\x89PNG\r\n\x1a\n/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8[79]a/],
  ['image/webp', /^RIFF[\s\S]{4}WEBP/],
  ['application/pdf', /^%PDF-/],
  ['application/zip', /^PK(?:\x03\x04|\x05\x06)/],
  ['application/gzip', /^\x1f\x8b/],
  ['application/x-executable', /^(?:MZ|\x7fELF|#!)/],
  ['text/html', /^\s*<(?:!doctype html|html|script|svg)/i],
];

/** Formats that are zip files by their bytes. */
const zipped = /^application\/(?:zip|x-zip|vnd\.openxmlformats|vnd\.oasis|epub|java-archive|octet-stream)/;

/** What is wrong with one uploaded file: its size, its real type against the declared one, or its name; null when nothing is. */
export function uploadProblem(
  part: Part,
  limits: { readonly maxBytes: number; readonly types: readonly string[] },
): UploadProblem | null {
  if (part.content.length > limits.maxBytes)
    return { rule: 'upload/size', reason: 'The file is larger than allowed.' };
  const name = nameProblem(part.fileName ?? '');
  if (name !== null) return { rule: 'upload/name', reason: name };
  if (limits.types.length > 0 && !limits.types.includes(part.contentType))
    return { rule: 'upload/type', reason: 'Files of this type are not accepted.' };
  return isTypeTrue(part) ? null : { rule: 'upload/type', reason: 'The file is not of the declared type.' };
}

function nameProblem(name: string): string | null {
  if (/(?:^|[\\/])\.\.(?:[\\/]|$)|^[\\/]|^[a-z]:/i.test(name))
    return 'The file name leads out of its folder.';
  // oxlint-disable-next-line no-control-regex -- exactly these are what a name may not hold
  if (/[\u0000-\u001f]/.test(name)) return 'The file name holds control characters.';
  if (/\.(?:php\d?|phtml|jspx?|aspx?|cgi|sh|exe|bat|cmd|ps1)(?:\.|$)/i.test(name))
    return 'The file name is that of a program.';
  return null;
}

function isTypeTrue({ contentType, content }: Part): boolean {
  if (contentType === 'application/octet-stream' || contentType === '') return true;
  const real = signatures.find(([, bytes]) => bytes.test(content.slice(0, 64)))?.[0];
  if (real === undefined) return !signatures.some(([type]) => type === contentType && type !== 'text/html');
  if (real === 'application/zip') return zipped.test(contentType);
  if (real === 'text/html') return /html|xml|svg|text\/plain|markdown/.test(contentType);
  if (real === 'application/x-executable') return /^text\/|script|executable|octet/.test(contentType);
  return (
    contentType === real ||
    (real === 'image/jpeg' && contentType === 'image/jpg') ||
    contentType === 'application/x-gzip'
  );
}
