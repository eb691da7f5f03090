/** One part of a multipart body (RFC 7578). */
export interface Part {
  readonly name: string;
  /** Null for a field without a file. */
  readonly fileName: string | null;
  readonly contentType: string;
  /** Latin-1 text of the bytes, cut with the body. */
  readonly content: string;
}

const mostParts = 200;
const longestHead = 2048;

/** Splits a multipart body given as Latin-1 text; null when the content type names no boundary. */
export function partsOfMultipart(body: string, contentType: string): readonly Part[] | null {
  const boundary = /boundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(contentType);
  const name = boundary?.[1] ?? boundary?.[2];
  if (name === undefined) return null;
  const parts: Part[] = [];
  for (const piece of body.split(`--${name}`, mostParts).slice(1)) {
    const part = partOf(piece);
    if (part) parts.push(part);
  }
  return parts;
}

function partOf(piece: string): Part | null {
  const split = piece.slice(0, longestHead).search(/\r?\n\r?\n/);
  if (split < 0) return null;
  const head = piece.slice(0, split);
  const content = piece
    .slice(split)
    .replace(/^\r?\n\r?\n/, '')
    .replace(/\r?\n$/, '');
  const disposition = /content-disposition:([^\r\n]*)/i.exec(head)?.[1] ?? '';
  return {
    name: parameter(disposition, 'name') ?? '',
    fileName: parameter(disposition, 'filename*') ?? parameter(disposition, 'filename'),
    contentType: /content-type:\s*([^\r\n;]*)/i.exec(head)?.[1]?.trim().toLowerCase() ?? 'text/plain',
    content,
  };
}

function parameter(disposition: string, name: string): string | null {
  const escaped = name.replace('*', '\\*');
  const found = new RegExp(`[;\\s]${escaped}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, 'i').exec(
    disposition,
  );
  return found ? (found[1] ?? found[2] ?? '') : null;
}
