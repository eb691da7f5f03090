import { createHash } from 'node:crypto';
import { apiKeyPrefixPattern, findApiKeys } from '../../shared/api-key-format.ts';

/** A key written into a text, as UTF-16 offsets. */
export interface WrittenKey {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Where a key stands, as commands on keys in files are given it: by digest, since arguments of links can be read. */
export interface KeyPlace {
  readonly uri: string;
  /** SHA-256 of the key, hexadecimal. */
  readonly digest: string;
}

/** Longer documents are not scanned: they are data, and every change would read them whole. */
export const maxScannedLength = 1_000_000;
/** Marks in one document; a list of keys longer than that needs no marks to be seen as one. */
const maxMarks = 200;

/** The keys of ours in a text, by prefix and checksum alone: nothing is asked, nothing is sent. */
export function writtenKeys(text: string, prefix: string): readonly WrittenKey[] {
  return text.length > maxScannedLength ? [] : findApiKeys(text, prefix).slice(0, maxMarks);
}

/** SHA-256, hexadecimal: how a key is asked about without being sent. */
export function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** The setting wins over what the sidecar says; without either it is what a new sidecar uses. */
export function prefixOf(setting: string, told: string | null): string {
  return [setting.trim(), told].find((each) => each !== null && apiKeyPrefixPattern.test(each)) ?? 'sc';
}
